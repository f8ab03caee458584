import IoTHub
import Testing

@testable import LocalHub

@Suite("Shared access policies")
struct PolicyTests {
    @Test("the form of the command line is read")
    func parsing() throws {
        let policy = try CustomPolicy(parsing: "back-end_1=registryRead,ServiceConnect")
        #expect(policy.name == "back-end_1")
        #expect(policy.permissions == [.registryRead, .serviceConnect])
        #expect(policy.permissions.names == ["registryRead", "serviceConnect"])
    }

    @Test(
        "what is no policy is refused with what was expected",
        arguments: [
            ("", "NAME=PERMISSION"), ("x", "NAME=PERMISSION"), ("x=", "NAME=PERMISSION"),
            ("=registryRead", "1 to 64 letters"), ("a b=registryRead", "1 to 64 letters"),
            ("\(String(repeating: "x", count: 65))=registryRead", "1 to 64 letters"),
            ("x=registryread,", "is no permission"), ("x=registyRead", "did you mean registryRead?"),
            ("x=service", "expected registryRead, registryWrite, serviceConnect, deviceConnect"),
        ]
    )
    func refused(_ text: String, _ words: String) {
        let error = #expect(throws: IoTHubError.self) { try CustomPolicy(parsing: text) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test("a custom policy gets keys once and new permissions whenever they are given")
    func adding() throws {
        let own = SharedAccessPolicies.random()
        let first = try own.adding([CustomPolicy(parsing: "backend=registryRead")])
        let second = try first.adding([CustomPolicy(parsing: "backend=registryRead,serviceConnect")])
        #expect(second["backend"]?.permissions == [.registryRead, .serviceConnect])
        #expect(second["backend"]?.keys == first["backend"]?.keys)
        #expect(Set(first.all.flatMap(\.keys)).count == 12, "all keys differ")
        #expect(Array(second.all.prefix(5)) == own.all)
        #expect(try second.adding([]) == second)
    }

    @Test("a hub's own policies stay as they are, none is given twice, and 16 are the most")
    func limits() throws {
        let own = SharedAccessPolicies.random()
        func custom(_ name: String) throws -> CustomPolicy { try CustomPolicy(name: name, permissions: .registryRead) }
        #expect(throws: IoTHubError.self) { try own.adding([custom("service")]) }
        #expect(throws: IoTHubError.self) { try own.adding([custom("a"), custom("a")]) }
        let full = try own.adding((0..<11).map { try custom("p\($0)") })
        #expect(full.all.count == 16)
        let error = #expect(throws: IoTHubError.self) { try full.adding([custom("p11")]) }
        #expect(error?.message.contains("17 policies") == true)
        #expect(try full.adding([custom("p10")]) == full)
    }

    @Test("what is kept is read back, custom policies too")
    func json() throws {
        let policies = try SharedAccessPolicies.random().adding([CustomPolicy(parsing: "b=deviceConnect")])
        #expect(try SharedAccessPolicies(json: JSONObject(parsing: policies.json.text)) == policies)
    }

    @Test("files of hubs that kept keys only are read")
    func oldJSON() throws {
        let policies = SharedAccessPolicies.random()
        var old = JSONObject()
        for policy in policies.all {
            old[policy.name] = [
                "primaryKey": .string(policy.primaryKey), "secondaryKey": .string(policy.secondaryKey),
            ]
        }
        #expect(try SharedAccessPolicies(json: old) == policies)
    }

    @Test("a file in which something is missing is refused with the policy, never with a key")
    func badJSON() throws {
        let good = try SharedAccessPolicies.random().adding([CustomPolicy(parsing: "mine=registryRead")])
        for (name, value) in [
            ("mine", ["primaryKey": "QQ==", "secondaryKey": "QQ=="]), ("mine", ["permissions": ["registryRead"]]),
            ("mine", ["permissions": ["x"], "primaryKey": "QQ==", "secondaryKey": "QQ=="]), ("service", [:]),
        ] as [(String, JSON)] {
            var json = good.json
            json[name] = value
            let error = #expect(throws: IoTHubError.self) { try SharedAccessPolicies(json: json) }
            #expect(error?.message.contains("QQ==") == false)
        }
    }
}
