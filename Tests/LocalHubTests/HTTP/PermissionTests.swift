import IoTHub
import Testing

@testable import LocalHub

@Suite("The service API: permissions")
struct PermissionTests {
    let bench: ServiceBench

    /// The hub's own policies, and one with what Microsoft's article asks for.
    static let policies = [
        "iothubowner", "service", "device", "registryRead", "registryReadWrite", "article", "nothing-but-writing",
    ]

    init() throws {
        bench = ServiceBench(
            policies: try .random().adding([
                CustomPolicy(parsing: "article=registryRead,serviceConnect"),
                CustomPolicy(parsing: "nothing-but-writing=registryWrite"),
            ])
        )
    }

    private static let readers: Set = ["iothubowner", "registryRead", "registryReadWrite", "article"]
    private static let writers: Set = ["iothubowner", "registryReadWrite", "nothing-but-writing"]
    private static let backEnds: Set = ["iothubowner", "service", "article"]

    /// A request for each operation, and the policies that may make it.
    static func row(
        _ operation: ServiceOperation
    ) -> (method: String, path: String, body: String, allowed: Set<String>) {
        let job = #"{"type":"scheduleUpdateTwin","updateTwin":{"etag":"*"},"queryCondition":"*"}"#
        return switch operation {
        case .listDevices: ("GET", "/devices", "", readers)
        case .readDevice: ("GET", "/devices/d", "", readers)
        case .writeDevice: ("PUT", "/devices/e", #"{"deviceId":"e"}"#, writers)
        case .removeDevice: ("DELETE", "/devices/d", "", writers)
        case .bulk: ("POST", "/devices", "[]", writers)
        case .readTwin: ("GET", "/twins/d", "", backEnds)
        case .patchTwin: ("PATCH", "/twins/d", "{}", backEnds)
        case .replaceTwin: ("PUT", "/twins/d", "{}", backEnds)
        case .query: ("POST", "/devices/query", #"{"query":"SELECT * FROM devices"}"#, backEnds)
        case .deviceStatistics: ("GET", "/statistics/devices", "", readers.union(backEnds))
        case .serviceStatistics: ("GET", "/statistics/service", "", readers.union(backEnds))
        case .writeJob: ("PUT", "/jobs/v2/k", job, backEnds)
        case .readJob: ("GET", "/jobs/v2/j", "", backEnds)
        case .cancelJob: ("POST", "/jobs/v2/j/cancel", "", backEnds)
        case .listJobs: ("GET", "/jobs/v2/query", "", backEnds)
        case .listModules: ("GET", "/devices/d/modules", "", readers)
        case .readModule: ("GET", "/devices/d/modules/m", "", readers)
        case .writeModule: ("PUT", "/devices/d/modules/m", "{}", writers)
        case .removeModule: ("DELETE", "/devices/d/modules/m", "", writers)
        case .readModuleTwin: ("GET", "/twins/d/modules/m", "", backEnds)
        case .writeModuleTwin: ("PATCH", "/twins/d/modules/m", "{}", backEnds)
        case .invokeMethod: ("POST", "/twins/d/methods", "{}", backEnds)
        case .readConfigurations: ("GET", "/configurations/c", "", backEnds)
        case .writeConfiguration: ("PUT", "/configurations/c", "{}", backEnds)
        case .applyConfiguration: ("POST", "/devices/d/applyConfigurationContent", "{}", backEnds)
        case .importExportJobs: ("POST", "/jobs/create", "{}", writers)
        case .purgeMessages: ("DELETE", "/devices/d/commands", "", backEnds)
        case .feedback: ("GET", "/messages/serviceBound/feedback", "", backEnds)
        case .digitalTwin: ("GET", "/digitaltwins/d", "", backEnds)
        }
    }

    @Test("each route takes the policies that have its permission", arguments: ServiceOperation.allCases, policies)
    func table(_ operation: ServiceOperation, _ policy: String) throws {
        let row = Self.row(operation)
        #expect(try Route(method: row.method, target: RequestTarget(row.path)).operation == operation)
        try bench.registry.createDevice(Device(id: "d"))
        let job = Self.row(.writeJob)
        #expect(try bench.send("PUT", "/jobs/v2/j", job.body).status == 200)
        let reply = try bench.send(row.method, row.path, row.body, policy: policy)
        if !row.allowed.contains(policy) {
            #expect(reply.status == 401)
            #expect(reply.code == .iotHubUnauthorizedAccess)
            #expect(try bench.registry.twin(of: "d").twin.version == 2, "nothing has changed")
            #expect(try bench.send("GET", "/jobs/v2/k").code == .jobNotFound)
            #expect(try bench.send("GET", "/jobs/v2/j").json["status"] == "queued")
        } else if operation.lack != nil {
            #expect(reply.status == 404)
            #expect(reply.code == .featureNotSupported)
            #expect(reply.message.contains("this hub has no"))
        } else {
            #expect((200...204).contains(reply.status))
        }
    }

    @Test("every path of the API leads to its operation, and has its methods only")
    func patterns() throws {
        for pattern in Route.Pattern.all {
            let path = "/" + pattern.path.map { $0 ?? "x" }.joined(separator: "/")
            let route = try Route(method: pattern.method, target: RequestTarget(path))
            #expect(route.operation == pattern.operation, "\(pattern.method) \(path)")
            #expect(route.ids == pattern.path.filter { $0 == nil }.map { _ in "x" })
            #expect(try bench.send("OPTIONS", path).status == 405)
        }
        #expect(Set(Route.Pattern.all.map(\.operation)) == Set(ServiceOperation.allCases))
    }

    @Test("tokens that prove nothing are refused")
    func badTokens() throws {
        let now = ServiceBench.time.secondsSinceEpoch
        let device = try bench.registry.createDevice(Device(id: "d"))
        let bad: [String?] = [
            nil, "", "Bearer x", "SharedAccessSignature", "SharedAccessSignature sr=localhost",
            try bench.token(key: SymmetricKey.randomKey()),
            try bench.token("nobody"),
            try bench.token(expiry: now - 301),
            try bench.token(resource: "otherhub"),
            try bench.token(resource: "localhost/devices"),
            try bench.token(resource: "localhost/twins/d1"),
            try bench.token(resource: ""),
            try SharedAccessSignature.create(
                resource: "localhost/devices/d",
                key: device.authentication.symmetricKey?.primaryKey ?? "",
                expiry: now + 60
            ).token,
        ]
        for token in bad {
            let reply = try bench.send("GET", "/twins/d", token: token)
            #expect(reply.status == 401)
            #expect(reply.code == .iotHubUnauthorized)
        }
    }

    @Test(
        "tokens for the hub or a prefix of the path are good, with a port and in any case",
        arguments: [
            "localhost", "LOCALHOST:8443", "hub.lan", "localhost/twins", "localhost/twins/d", "https://localhost/",
        ]
    )
    func goodTokens(_ resource: String) throws {
        try bench.registry.createDevice(Device(id: "d"))
        #expect(try bench.send("GET", "/twins/d", token: bench.token(resource: resource)).status == 200)
    }

    @Test("the secondary key signs as well, and a clock may differ by five minutes")
    func secondaryKey() throws {
        try bench.registry.createDevice(Device(id: "d"))
        let key = try #require(bench.registry.policies["service"]?.secondaryKey)
        let token = try bench.token("service", key: key, expiry: ServiceBench.time.secondsSinceEpoch - 299)
        #expect(try bench.send("GET", "/twins/d", token: token).status == 200)
    }

    @Test("strangers do not learn which paths there are")
    func strangers() throws {
        #expect(try bench.send("GET", "/nowhere", token: nil).status == 401)
        #expect(try bench.send("GET", "/twins/d?", token: nil).status == 401)
    }

    @Test("no refusal repeats the signature")
    func redaction() throws {
        let token = try bench.token("service", key: SymmetricKey.randomKey())
        let signature = try SharedAccessSignature(parsing: token).signature
        #expect(!(try bench.send("GET", "/devices", token: token)).json.text.contains(signature))
    }
}
