/// What a service request asks for, without its particulars.
enum ServiceOperation: String, Sendable, CaseIterable {
    case listDevices, bulk, readDevice, writeDevice, removeDevice
    case readTwin, patchTwin, replaceTwin
    case query
    case deviceStatistics, serviceStatistics
    case writeJob, readJob, cancelJob, listJobs

    // What a real hub has and this one lacks.
    case listModules, readModule, writeModule, removeModule
    case readModuleTwin, writeModuleTwin
    case invokeMethod
    case readConfigurations, writeConfiguration, applyConfiguration
    case importExportJobs
    case purgeMessages, feedback
    case digitalTwin

    /// Any one of these permissions lets a sender through.
    ///
    /// Source: Azure IoT Hub documentation, "Control access to IoT Hub with shared access signatures": RegistryRead
    /// and RegistryWrite are for identities, ServiceConnect is for twins, queries, jobs, methods and the rest that back
    /// ends do. For statistics the documentation names none: they count identities and watch connections, so who may
    /// read identities may read them, and a back end as well.
    var allowedBy: AccessPermissions {
        switch self {
        case .listDevices, .readDevice, .listModules, .readModule: .registryRead
        case .bulk, .writeDevice, .removeDevice, .writeModule, .removeModule, .importExportJobs: .registryWrite
        case .deviceStatistics, .serviceStatistics: [.registryRead, .serviceConnect]
        case .readTwin, .patchTwin, .replaceTwin, .query, .writeJob, .readJob, .cancelJob, .listJobs,
            .readModuleTwin, .writeModuleTwin, .invokeMethod, .readConfigurations, .writeConfiguration,
            .applyConfiguration, .purgeMessages, .feedback, .digitalTwin:
            .serviceConnect
        }
    }

    /// Bytes that the body of such a request may have.
    ///
    /// The .NET SDK sends whole twins with metadata, several times the size of their limit; a bulk has 100 of them.
    var largestBody: Int {
        switch self {
        case .bulk: 8 * 1024 * 1024
        case .writeDevice, .patchTwin, .replaceTwin, .writeJob, .writeModule, .writeModuleTwin, .invokeMethod,
            .writeConfiguration, .applyConfiguration, .importExportJobs:
            512 * 1024
        case .listDevices, .readDevice, .removeDevice, .readTwin, .query, .deviceStatistics, .serviceStatistics,
            .readJob, .cancelJob, .listJobs, .listModules, .readModule, .removeModule, .readModuleTwin,
            .readConfigurations, .purgeMessages, .feedback, .digitalTwin:
            64 * 1024
        }
    }

    /// Whether it may take long, so that it must not be done on an event loop: the devices' connections live there.
    var isLong: Bool {
        switch self {
        case .listDevices, .bulk, .query, .deviceStatistics, .serviceStatistics, .cancelJob, .listJobs: true
        case .readDevice, .writeDevice, .removeDevice, .readTwin, .patchTwin, .replaceTwin, .writeJob, .readJob,
            .listModules, .readModule, .writeModule, .removeModule, .readModuleTwin, .writeModuleTwin, .invokeMethod,
            .readConfigurations, .writeConfiguration, .applyConfiguration, .importExportJobs, .purgeMessages, .feedback,
            .digitalTwin:
            false
        }
    }

    /// Whether it is about jobs, which are in memory only, whatever else the hub keeps.
    var isOfJobs: Bool {
        switch self {
        case .writeJob, .readJob, .cancelJob, .listJobs: true
        case .listDevices, .bulk, .readDevice, .writeDevice, .removeDevice, .readTwin, .patchTwin, .replaceTwin, .query,
            .deviceStatistics, .serviceStatistics, .listModules, .readModule, .writeModule, .removeModule,
            .readModuleTwin, .writeModuleTwin, .invokeMethod, .readConfigurations, .writeConfiguration,
            .applyConfiguration, .importExportJobs, .purgeMessages, .feedback, .digitalTwin:
            false
        }
    }

    /// What this hub would need for it and lacks, as a clause; nil for what it can do.
    var lack: String? {
        switch self {
        case .listDevices, .bulk, .readDevice, .writeDevice, .removeDevice, .readTwin, .patchTwin, .replaceTwin, .query,
            .deviceStatistics, .serviceStatistics, .writeJob, .readJob, .cancelJob, .listJobs:
            nil
        case .listModules, .readModule, .writeModule, .removeModule, .readModuleTwin, .writeModuleTwin: "modules"
        case .invokeMethod: "direct methods"
        case .readConfigurations, .writeConfiguration, .applyConfiguration: "configurations"
        case .importExportJobs: "import and export jobs; bulk requests (POST /devices) do the same for 100 devices"
        case .purgeMessages, .feedback: "cloud-to-device messages"
        case .digitalTwin: "digital twins; the device twin is at /twins"
        }
    }
}
