import IoTHub

/// What a service request asks for, and of what.
struct Route: Sendable, Hashable {
    let operation: ServiceOperation
    /// The ids in the path, in order.
    let ids: [String]
    /// The parameters behind the path.
    let parameters: [String: String]

    /// The first id in the path; empty for a path without one.
    var id: String { ids.first ?? "" }

    /// Finds the route of a request.
    /// - Throws: `IoTHubError`: `genericNotFound` for an unknown path, `genericMethodNotAllowed` for another method.
    init(method: String, target: RequestTarget) throws(IoTHubError) {
        var isKnownPath = false
        for pattern in Pattern.all where pattern.fits(target.segments) {
            isKnownPath = true
            guard pattern.method == method else { continue }
            operation = pattern.operation
            ids = zip(pattern.path, target.segments).filter { $0.0 == nil }.map(\.1)
            parameters = target.query
            return
        }
        let path = target.path.prefix(200)
        throw isKnownPath
            ? IoTHubError(.genericMethodNotAllowed, "\(method.prefix(20)) is not possible on '\(path)'")
            : IoTHubError(.genericNotFound, "no resource '\(path)'")
    }
}

extension Route {
    /// A method and a path of the API.
    struct Pattern: Sendable {
        let method: String
        /// The parts of the path; nil for an id.
        let path: [String?]
        let operation: ServiceOperation

        /// A pattern from a path with `*` for an id.
        init(_ method: String, _ path: String, _ operation: ServiceOperation) {
            self.method = method
            self.path = path.split(separator: "/").map { $0 == "*" ? nil : String($0) }
            self.operation = operation
        }

        func fits(_ segments: [String]) -> Bool {
            guard segments.count == path.count else { return false }
            return zip(path, segments).allSatisfy { $0 == nil || $0 == $1 }
        }

        /// All that there are; of two that fit the first stands.
        ///
        /// Source: Azure IoT Hub service REST API.
        static let all: [Pattern] = [
            Pattern("GET", "twins/*", .readTwin),
            Pattern("PATCH", "twins/*", .patchTwin),
            Pattern("PUT", "twins/*", .replaceTwin),
            Pattern("POST", "devices", .bulk),
            Pattern("GET", "devices", .listDevices),
            Pattern("POST", "devices/query", .query),
            Pattern("GET", "devices/*", .readDevice),
            Pattern("PUT", "devices/*", .writeDevice),
            Pattern("DELETE", "devices/*", .removeDevice),
            Pattern("GET", "statistics/devices", .deviceStatistics),
            Pattern("GET", "statistics/service", .serviceStatistics),
            Pattern("GET", "jobs/v2/query", .listJobs),
            Pattern("GET", "jobs/v2/*", .readJob),
            Pattern("PUT", "jobs/v2/*", .writeJob),
            Pattern("POST", "jobs/v2/*/cancel", .cancelJob),

            Pattern("GET", "devices/*/modules", .listModules),
            Pattern("GET", "devices/*/modules/*", .readModule),
            Pattern("PUT", "devices/*/modules/*", .writeModule),
            Pattern("DELETE", "devices/*/modules/*", .removeModule),
            Pattern("GET", "twins/*/modules/*", .readModuleTwin),
            Pattern("PATCH", "twins/*/modules/*", .writeModuleTwin),
            Pattern("PUT", "twins/*/modules/*", .writeModuleTwin),
            Pattern("POST", "twins/*/methods", .invokeMethod),
            Pattern("POST", "twins/*/modules/*/methods", .invokeMethod),
            Pattern("GET", "configurations", .readConfigurations),
            Pattern("POST", "configurations/testQueries", .readConfigurations),
            Pattern("GET", "configurations/*", .readConfigurations),
            Pattern("PUT", "configurations/*", .writeConfiguration),
            Pattern("DELETE", "configurations/*", .writeConfiguration),
            Pattern("POST", "devices/*/applyConfigurationContent", .applyConfiguration),
            Pattern("POST", "jobs/create", .importExportJobs),
            Pattern("GET", "jobs", .importExportJobs),
            Pattern("GET", "jobs/*", .importExportJobs),
            Pattern("DELETE", "jobs/*", .importExportJobs),
            Pattern("DELETE", "devices/*/commands", .purgeMessages),
            Pattern("GET", "messages/serviceBound/feedback", .feedback),
            Pattern("GET", "digitaltwins/*", .digitalTwin),
            Pattern("PATCH", "digitaltwins/*", .digitalTwin),
        ]
    }
}
