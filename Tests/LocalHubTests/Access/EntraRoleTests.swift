import IoTHub
import TestKit
import Testing

@testable import LocalHub

/// What the principals of access tokens may do.
@Suite("Access tokens: roles")
struct EntraRoleTests {
    private static let roles = EntraRole.builtIn.map(\.name)

    /// The roles that may do it, from Microsoft's list of data actions.
    private static func allowed(_ operation: ServiceOperation) -> Set<String> {
        let all = "IoT Hub Data Contributor"
        let reader = "IoT Hub Data Reader"
        let registry = "IoT Hub Registry Contributor"
        let twins = "IoT Hub Twin Contributor"
        return switch operation {
        case .listDevices, .readDevice, .listModules, .readModule: [all, reader, registry]
        case .writeDevice, .removeDevice, .bulk, .writeModule, .removeModule: [all, registry]
        case .readTwin, .query, .readModuleTwin, .digitalTwin: [all, reader, twins]
        case .patchTwin, .replaceTwin, .writeModuleTwin: [all, twins]
        case .deviceStatistics, .serviceStatistics, .readJob, .listJobs, .readConfigurations: [all, reader]
        case .writeJob, .cancelJob, .invokeMethod, .writeConfiguration, .applyConfiguration, .importExportJobs,
            .purgeMessages, .feedback:
            [all]
        }
    }

    @Test("each route takes the roles that have its data actions", arguments: ServiceOperation.allCases, roles)
    func table(operation: ServiceOperation, role: String) async throws {
        let bench = try await EntraBench(roles: ["app=\(role)"])
        let job = PermissionTests.row(.writeJob)
        #expect(try bench.bench.send("PUT", "/jobs/v2/j", job.body).status == 200)
        let row = PermissionTests.row(operation)
        let token = "Bearer \(try bench.key.token(bench.claims()))"
        let reply = try bench.bench.send(row.method, row.path, row.body, token: token)
        if !Self.allowed(operation).contains(role) {
            #expect(reply.status == 401)
            #expect(reply.code == .iotHubUnauthorizedAccess)
            #expect(reply.message.contains("has no role here with "))
            #expect(try bench.bench.registry.twin(of: "d").twin.version == 2, "nothing has changed")
        } else if operation.lack != nil {
            #expect(reply.code == .featureNotSupported)
        } else {
            #expect((200...204).contains(reply.status), "\(reply.message)")
        }
    }

    @Test("a bulk request needs both of its data actions, and the missing one is named")
    func bulk() async throws {
        let bench = try await EntraBench(roles: ["app=devices/write,devices/read"])
        let token = "Bearer \(try bench.key.token(bench.claims()))"
        let reply = try bench.bench.send("POST", "/devices", "[]", token: token)
        #expect(reply.code == .iotHubUnauthorizedAccess)
        #expect(reply.message.hasSuffix("has no role here with devices/delete"))
        let both = try await EntraBench(roles: ["app=devices/write", "app=devices/delete"])
        let good = "Bearer \(try both.key.token(both.claims()))"
        #expect(try both.bench.send("POST", "/devices", "[]", token: good).status == 200)
    }

    @Test(
        "a principal is known by object, subject or application id; ids in any case, subjects as they are",
        arguments: [
            ("app", true), ("Sub_-1", true), ("9ac52C7B-1111-2222-3333-444444444444", true), ("authorized-party", true),
            ("sub_-1", false), ("somebody", false),
        ]
    )
    func principals(principal: String, isKnown: Bool) async throws {
        let bench = try await EntraBench(roles: ["\(principal)=twins/read"])
        let reply = try bench.read(bench.key.token(bench.claims(["azp": "authorized-party"])))
        #expect(reply.status == (isKnown ? 200 : 401))
        if !isKnown {
            let name = "principal '9AC52c7b-1111-2222-3333-444444444444' has no role here with twins/read"
            #expect(reply.message.contains(name))
        }
    }

    @Test("strangers with a good token do not learn which paths there are, others do")
    func unknownPaths() async throws {
        let bench = try await EntraBench(roles: ["app=twins/read"])
        let token = "Bearer \(try bench.key.token(bench.claims()))"
        #expect(try bench.bench.send("GET", "/nowhere", token: token).status == 404)
        #expect(try bench.bench.send("GET", "/nowhere", token: "Bearer x").status == 401)
    }

    @Test("roles are read by name or by data actions, with patterns and in any case")
    func parsing() throws {
        #expect(try EntraRole(parsing: "iot hub data reader") == EntraRole.builtIn[1])
        #expect(EntraRole.builtIn[0].actions == Set(DataAction.allCases))
        #expect(
            EntraRole.builtIn[1].actions == [
                .devicesRead, .twinsRead, .jobsRead, .statisticsRead, .configurationsRead, .fileUploadNotifications,
            ]
        )
        #expect(EntraRole.builtIn[2].actions == [.devicesRead, .devicesWrite, .devicesDelete])
        #expect(EntraRole.builtIn[3].actions == [.twinsRead, .twinsWrite])
        #expect(try EntraRole(parsing: "Microsoft.Devices/IotHubs/*/DELETE").actions.count == 3)
        #expect(try EntraRole(parsing: "cloudToDeviceMessages/*/purge/*").actions == [.messagesPurge])
        #expect(DataAction.matching("").isEmpty)
        #expect(DataAction.matching("devices").isEmpty)
        #expect(DataAction.matching("devices/readread*").isEmpty)
        #expect(DataAction.matching("devices/re*ead").isEmpty)
        let assignment = try EntraRoleAssignment(parsing: "abc=def=twins/*")
        #expect(assignment.principal == "abc=def")
        #expect(assignment.role.actions == [.twinsRead, .twinsWrite])
    }

    @Test(
        "what is no role is refused with what it may have been meant for",
        arguments: [
            ("app", "gives no role; expected PRINCIPAL=ROLE"), ("=IoT Hub Data Reader", "gives no role"),
            ("app=", "gives no role"), ("app=IoT Hub Data Raeder", "did you mean 'IoT Hub Data Reader'?"),
            ("app=twins/raed", "did you mean 'twins/read'?"), ("app=twins/read,", "'' is neither a role"),
            ("app=Owner", "'Owner' is neither a role nor a data action; expected one of IoT Hub Data Contributor"),
        ]
    )
    func badRoles(text: String, words: String) {
        let error = #expect(throws: IoTHubError.self) { try EntraRoleAssignment(parsing: text) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
}
