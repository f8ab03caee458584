extension ServiceOperation {
    /// What the sender of an access token must be allowed, all of it.
    ///
    /// Source: Azure IoT Hub documentation, "Control access to IoT Hub by using Microsoft Entra ID": a bulk request needs
    /// both writing and deleting, a query reads twins. For ending a job it names no action by itself; of those for jobs
    /// deleting comes nearest.
    var dataActions: Set<DataAction> {
        switch self {
        case .listDevices, .readDevice, .listModules, .readModule: [.devicesRead]
        case .writeDevice, .writeModule: [.devicesWrite]
        case .removeDevice, .removeModule: [.devicesDelete]
        case .bulk: [.devicesWrite, .devicesDelete]
        case .readTwin, .query, .readModuleTwin, .digitalTwin: [.twinsRead]
        case .patchTwin, .replaceTwin, .writeModuleTwin: [.twinsWrite]
        case .deviceStatistics, .serviceStatistics: [.statisticsRead]
        case .readJob, .listJobs: [.jobsRead]
        case .writeJob, .importExportJobs: [.jobsWrite]
        case .cancelJob: [.jobsDelete]
        case .invokeMethod: [.methodsInvoke]
        case .readConfigurations: [.configurationsRead]
        case .writeConfiguration: [.configurationsWrite]
        case .applyConfiguration: [.configurationsApply]
        case .purgeMessages: [.messagesPurge]
        case .feedback: [.messagesFeedback]
        }
    }
}
