import IoTHub

/// The service API as a function from requests to answers; it knows nothing of sockets.
///
/// Source: Azure IoT Hub service REST API.
struct ServiceAPI: Sendable {
    let registry: TwinRegistry
    let authorizer: ServiceAuthorizer

    init(registry: TwinRegistry, hostNames: Set<String>) {
        self.registry = registry
        authorizer = ServiceAuthorizer(policies: registry.policies, hostNames: hostNames)
    }

    /// What matters of a request's head.
    struct Head: Sendable {
        var method: String
        /// Path and query as sent.
        var target: String
        var authorization: String?
        var ifMatch: String?
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
            try authorize(head, target, [])
            throw error
        }
        try authorize(head, target, route.permissions)
        try target.checkAPIVersion()
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
            return try carryOut(route, ifMatch: head.ifMatch, body: body)
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
        _ permissions: AccessPermissions
    ) throws(IoTHubError) {
        try authorizer.check(
            token: head.authorization,
            path: target.path,
            permissions: permissions,
            at: registry.now()
        )
    }

    private func carryOut(
        _ route: Route,
        ifMatch: String?,
        body: UnsafeRawBufferPointer
    ) throws(IoTHubError) -> ServiceAnswer {
        switch route {
        case .listDevices(let limit):
            let list = registry.devices(limit: limit).map { JSON.object($0.json) }
            return ServiceAnswer(status: 200, body: JSON.array(list).serialized())
        case .bulk:
            return try BulkRequest(json: Self.json(body)).carryOut(on: registry)
        case .readDevice(let id):
            return ServiceAnswer(try registry.device(id))
        case .writeDevice(let id):
            return ServiceAnswer(try writeDevice(id, ifMatch: ifMatch, json: Self.json(body)))
        case .removeDevice(let id):
            try registry.removeDevice(id, ifMatch: ifMatch)
            return ServiceAnswer(status: 204)
        case .readTwin(let id):
            return ServiceAnswer(try registry.twin(of: id))
        case .patchTwin(let id):
            return ServiceAnswer(try registry.patchTwin(id, with: TwinWrite(json: Self.json(body)), ifMatch: ifMatch))
        case .replaceTwin(let id):
            return ServiceAnswer(try registry.replaceTwin(id, with: TwinWrite(json: Self.json(body)), ifMatch: ifMatch))
        }
    }

    /// Without `If-Match` a PUT creates, with it it updates.
    private func writeDevice(_ id: String, ifMatch: String?, json: JSON) throws(IoTHubError) -> Device {
        let device = try Device(json: json)
        guard device.id == id else {
            throw IoTHubError(
                .argumentInvalid,
                "the body is for device '\(device.id)', the path for '\(id.prefix(DeviceID.maximumLength))'",
                path: "deviceId"
            )
        }
        guard let ifMatch else { return try registry.createDevice(device) }
        return try registry.updateDevice(device, ifMatch: ifMatch)
    }

    private static func json(_ body: UnsafeRawBufferPointer) throws(IoTHubError) -> JSON {
        do {
            return try JSON(parsing: body)
        } catch {
            throw IoTHubError(.argumentInvalid, "the body is not JSON: \(error)")
        }
    }
}
