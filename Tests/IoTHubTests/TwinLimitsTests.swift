import IoTHub
import Testing

@Suite("TwinLimits")
struct TwinLimitsTests {
    private func nested(_ levels: Int, _ leaf: JSON = 1) -> JSONObject {
        var value = leaf
        for _ in 0..<levels { value = ["n": value] }
        return ["root": value]
    }

    @Test("values within the limits pass")
    func within() throws {
        try TwinLimits.check(nested(10), path: "tags")
        try TwinLimits.check(
            ["max": .integer(4_503_599_627_370_495), "min": .integer(-4_503_599_627_370_496)],
            path: "p"
        )
        try TwinLimits.check(["s": .string(String(repeating: "é", count: 2048)), "gone": nil, "d": 1e300], path: "p")
        try TwinLimits.check([String(repeating: "k", count: 1024): [1, "a", ["x": true]]], path: "p")
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var values: JSONObject
        var path: String
        var text: String
        var testDescription: String { path }
    }

    static let faults = [
        Fault(values: ["a": [nil]], path: "p.a[0]", text: "cannot be null. Error inProperty/Tag p.a[0]"),
        Fault(values: ["a": [["b": nil]]], path: "p.a[0].b", text: "cannot be null"),
        Fault(values: ["n": .integer(4_503_599_627_370_496)], path: "p.n", text: "4503599627370495"),
        Fault(values: ["n": ["m": .integer(-4_503_599_627_370_497)]], path: "p.n.m", text: "-4503599627370496"),
        Fault(values: ["s": .string(String(repeating: "é", count: 2049))], path: "p.s", text: "maximum 4096 bytes"),
        Fault(values: [String(repeating: "k", count: 1025): 1], path: "p", text: "maximum 1024 bytes"),
        Fault(values: ["a.b": 1], path: "p", text: "'a.b' has '.'"),
        Fault(values: ["a b": 1], path: "p", text: "has ' '"),
        Fault(values: ["$a": 1], path: "p", text: "has '$'"), Fault(values: ["a#": 1], path: "p", text: "has '#'"),
        Fault(values: ["a\u{1}": 1], path: "p", text: "control character"),
        Fault(values: ["a\u{85}": 1], path: "p", text: "control character"),
        Fault(values: ["x": ["": 1]], path: "p.x", text: "is empty"),
        Fault(values: ["x": [["y z": 1]]], path: "p.x[0]", text: "has ' '"),
    ]

    @Test("a broken limit is named with its path", arguments: faults)
    func broken(fault: Fault) {
        let error = #expect(throws: IoTHubError.self) { try TwinLimits.check(fault.values, path: "p") }
        #expect(error?.code == .argumentInvalid)
        #expect(error?.path == fault.path)
        #expect(error?.message.contains(fault.text) == true, "\(error?.message ?? "")")
    }

    @Test("the eleventh level is one too many, arrays count")
    func depth() {
        #expect(throws: IoTHubError.self) { try TwinLimits.check(nested(11), path: "tags") }
        #expect(throws: IoTHubError.self) { try TwinLimits.check(nested(10, [1]), path: "tags") }
    }

    @Test("sizes count keys, strings without control characters, 8 for numbers, 4 for booleans")
    func sizes() {
        #expect(TwinLimits.size(of: ["ab": "xyz"]) == 5)
        #expect(TwinLimits.size(of: ["ab": "x\u{1}\u{85}é"]) == 5)
        #expect(TwinLimits.size(of: ["a": 1, "b": 2.5, "c": true]) == 23)
        #expect(TwinLimits.size(of: ["o": ["p": [1, "ab"]]]) == 12)
    }

    @Test(
        "a section that would grow past its limit is refused and stays",
        arguments: [("tags", 8192), ("desired", 32_768), ("reported", 32_768)]
    )
    func growth(section: String, limit: Int) throws {
        var twin = TwinDocument(deviceID: "d")
        let time = HubTimestamp(ticksSinceEpoch: 0)
        func write(_ values: JSONObject) throws {
            switch section {
            case "tags": _ = try twin.patch(TwinWrite(tags: values), at: time)
            case "desired": _ = try twin.patch(TwinWrite(desired: values), at: time)
            default: _ = try twin.patchReported(values, at: time)
            }
        }
        let chunk = JSON.string(String(repeating: "x", count: 1022))
        for index in 0..<limit / 1024 { try write([index < 10 ? "0\(index)" : "\(index)": chunk]) }
        let before = (twin.version, twin.etag)
        let error = #expect(throws: IoTHubError.self) { try write(["x": true]) }
        #expect(error?.code == .messageTooLarge)
        #expect(error?.message.contains("\(limit)") == true)
        #expect((twin.version, twin.etag) == before)
    }
}
