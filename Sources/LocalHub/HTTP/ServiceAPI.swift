import IoTHub
import TwinQuery

/// The service API as a function from requests to answers; it knows nothing of sockets.
///
/// Source: Azure IoT Hub service REST API.
struct ServiceAPI: Sendable {
    let registry: TwinRegistry
    /// Where requests that take long are carried out, and jobs.
    let background: any BackgroundWork
    private let authorizer: ServiceAuthorizer
    private let queries: QueryRunner
    private let runner: JobRunner

    init(
        registry: TwinRegistry,
        hostNames: Set<String>,
        entra: EntraAuthorizer? = nil,
        queryMode: QueryMode = .strict,
        background: any BackgroundWork
    ) {
        self.registry = registry
        self.background = background
        authorizer = ServiceAuthorizer(policies: registry.policies, entra: entra, hostNames: hostNames)
        let scan = DeviceScan(registry: registry, isStopping: { background.isStopping })
        queries = QueryRunner(scan: scan, jobs: JobList(), mode: queryMode)
        runner = JobRunner(registry: registry, jobs: queries.jobs, scan: scan, background: background)
    }

    /// Checks access tokens; nil for a hub that takes none.
    var entra: EntraAuthorizer? { authorizer.entra }

    /// What matters of a request's head.
    struct Head: Sendable {
        var method: String
        /// Path and query as sent.
        var target: String
        var authorization: String?
        var ifMatch: String?
        var paging = Paging()
    }

    /// Decides whether a request may go on, before its body is read.
    /// - Returns: what it asks for.
    /// - Throws: `IoTHubError` to answer with.
    func admit(_ head: Head) throws(IoTHubError) -> Route {
        let target = RequestTarget(head.target)
        let route: Route
        do {
            route = try Route(method: head.method, target: target)
        } catch {
            // Strangers do not learn which resources there are.
            try authorize(head, target, nil)
            throw error
        }
        try authorize(head, target, route.operation)
        try target.checkAPIVersion()
        if let lack = route.operation.lack { throw IoTHubError(.featureNotSupported, "this hub has no \(lack)") }
        return route
    }

    /// Carries a request out.
    /// - Parameters:
    ///   - route: what `admit` gave.
    ///   - head: the request's head.
    ///   - body: the request's body.
    /// - Returns: the answer, refusals included.
    func answer(_ route: Route, _ head: Head, body: UnsafeRawBufferPointer) -> ServiceAnswer {
        do {
            return try carryOut(route, head, body)
        } catch {
            return refuse(error)
        }
    }

    /// The answer for a refusal.
    func refuse(_ error: IoTHubError) -> ServiceAnswer {
        ServiceAnswer(error, at: registry.now())
    }

    private func authorize(
        _ head: Head,
        _ target: RequestTarget,
        _ operation: ServiceOperation?
    ) throws(IoTHubError) {
        try authorizer.check(token: head.authorization, path: target.path, for: operation, at: registry.now())
    }

    private func carryOut(
        _ route: Route,
        _ head: Head,
        _ body: UnsafeRawBufferPointer
    ) throws(IoTHubError) -> ServiceAnswer {
        let ifMatch = head.ifMatch
        switch route.operation {
        case .listDevices: return try DeviceListing(limit: route.parameters["top"]).answer(from: registry)
        case .bulk: return try BulkRequest(json: Self.json(body)).carryOut(on: registry)
        case .readDevice: return ServiceAnswer(try registry.device(route.id))
        case .writeDevice: return ServiceAnswer(try writeDevice(route.id, ifMatch: ifMatch, json: Self.json(body)))
        case .removeDevice:
            try registry.removeDevice(route.id, ifMatch: ifMatch)
            return ServiceAnswer(status: 204)
        case .readTwin:
            let twin = try registry.twin(of: route.id)
            registry.tally.serviceTwinReads.add()
            return ServiceAnswer(twin)
        case .patchTwin:
            let write = try TwinWrite(json: Self.json(body))
            return ServiceAnswer(try registry.patchTwin(route.id, with: write, ifMatch: ifMatch))
        case .replaceTwin:
            let write = try TwinWrite(json: Self.json(body))
            return ServiceAnswer(try registry.replaceTwin(route.id, with: write, ifMatch: ifMatch))
        case .query:
            let request = try QueryRequest(json: Self.json(body), paging: head.paging)
            let page = try queries.page(of: request)
            registry.tally.queries.add()
            return ServiceAnswer(page, of: request.text)
        case .deviceStatistics: return ServiceAnswer(registry.statistics.devices)
        case .serviceStatistics: return ServiceAnswer(registry.statistics.service)
        case .writeJob:
            let request = try JobRequest(id: route.id, json: Self.json(body), mode: queries.mode)
            return ServiceAnswer(try runner.start(request).receipt)
        case .readJob: return ServiceAnswer(try queries.jobs.job(route.id).json)
        case .cancelJob: return ServiceAnswer(try queries.jobs.cancel(route.id, at: registry.now()).json)
        case .listJobs:
            let listing = try JobListing(parameters: route.parameters)
            return ServiceAnswer(try listing.page(of: queries.jobs, head.paging), of: listing.text)
        case .listModules, .readModule, .writeModule, .removeModule, .readModuleTwin, .writeModuleTwin, .invokeMethod,
            .readConfigurations, .writeConfiguration, .applyConfiguration, .importExportJobs, .purgeMessages, .feedback,
            .digitalTwin:
            // `admit` lets none of these through.
            throw IoTHubError(.featureNotSupported, "this hub has no \(route.operation.lack ?? "such thing")")
        }
    }

    /// Without `If-Match` a PUT creates, with it it updates.
    private func writeDevice(_ id: String, ifMatch: String?, json: JSON) throws(IoTHubError) -> Device {
        let write = try DeviceWrite(json: json)
        guard write.device.id == id else {
            throw IoTHubError(
                .argumentInvalid,
                "the body is for device '\(write.device.id)', the path for '\(id.prefix(DeviceID.maximumLength))'",
                path: "deviceId"
            )
        }
        return try registry.writeDevice(write, as: ifMatch.map { .update(ifMatch: $0) } ?? .create)
    }

    private static func json(_ body: UnsafeRawBufferPointer) throws(IoTHubError) -> JSON {
        do {
            return try JSON(parsing: body)
        } catch {
            throw IoTHubError(.argumentInvalid, "the body is not JSON: \(error)")
        }
    }
}
