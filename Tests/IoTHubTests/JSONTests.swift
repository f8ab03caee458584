import IoTHub
import Testing

@Suite("JSON")
struct JSONTests {
    static let values: [(String, JSON)] = [
        ("null", nil), ("true", true), ("false", false), ("0", 0), ("-1", -1), ("1.0", 1.0),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)), ("1e3", 1000.0),
        (#""a\"b\\c\n\u00e9😀""#, "a\"b\\c\né😀"), (#""\u0000""#, "\0"), ("[]", []), ("{}", [:]),
        ("[1,[2.5,null]]", [1, [2.5, nil]]), (#"{"a":{"b":[true]}}"#, ["a": ["b": [true]]]),
    ]

    @Test("a text and its value", arguments: values)
    func parse(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text) == value)
        #expect(try JSON(parsing: value.text) == value)
    }

    @Test("an integer is not a double, nor rounded")
    func integers() throws {
        #expect(JSON.integer(1) != JSON.double(1))
        #expect(try JSON(parsing: "4503599627370497").integerValue == 4_503_599_627_370_497)
        #expect(JSON.integer(.max).text == "9223372036854775807")
        #expect(JSON.double(1).text == "1.0")
    }

    @Test("objects compare and hash without order, and keep it")
    func order() throws {
        let left: JSON = ["a": 1, "b": 2]
        let right: JSON = ["b": 2, "a": 1]
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(right.text == #"{"b":2,"a":1}"#)
        #expect(try JSON(parsing: #"{"z":1,"a":2}"#).text == #"{"z":1,"a":2}"#)
    }

    @Test(
        "a fault has its place",
        arguments: [
            ("", 1), ("{", 1), ("{\"a\":1,\n\"b\":}", 2), ("[1,\n2,\n,]", 3), ("01", 1), ("nul", 1), ("\"\u{1}\"", 1),
            ("18446744073709551616", 1), ("{\"a\":1}x", 1), ("1e999", 1),
        ]
    )
    func faults(text: String, line: Int) {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
        #expect(error?.line == line)
        #expect(error?.message.isEmpty == false)
    }

    @Test("bytes that are not UTF-8 are refused")
    func encoding() {
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
    }

    @Test("nesting without end is refused, not a crash")
    func depth() {
        #expect(throws: JSONError.self) { try JSON(parsing: String(repeating: "[", count: 100_000)) }
    }

    @Test("what is no number is written as null")
    func notFinite() {
        #expect(JSON.array([.double(.nan), .double(.infinity)]).text == "[null,null]")
    }

    @Test("control characters are escaped")
    func escapes() {
        #expect(JSON.string("\u{1}\u{1f}\t\r\"").text == #""\u0001\u001f\t\r\"""#)
    }

    @Test("an object is asked for, something else is found")
    func topLevel() {
        let error = #expect(throws: JSONError.self) { try JSONObject(parsing: "[1]") }
        #expect(error?.message == "expected an object, found array")
    }
}

@Suite("Merge patch")
struct MergeTests {
    @Test(
        "target, patch, result",
        arguments: [
            (#"{"a":1}"#, #"{"b":2}"#, #"{"a":1,"b":2}"#),
            (#"{"a":1}"#, #"{"a":2}"#, #"{"a":2}"#),
            (#"{"a":1}"#, #"{"a":null}"#, #"{}"#),
            (#"{}"#, #"{"a":null}"#, #"{}"#),
            (#"{"a":{"b":1}}"#, #"{"a":{"c":2}}"#, #"{"a":{"b":1,"c":2}}"#),
            (#"{"a":{"b":1}}"#, #"{"a":{"b":null}}"#, #"{"a":{}}"#),
            (#"{"a":{"b":1}}"#, #"{"a":5}"#, #"{"a":5}"#),
            (#"{"a":5}"#, #"{"a":{"b":1,"c":null}}"#, #"{"a":{"b":1}}"#),
            (#"{}"#, #"{"a":{"b":{"c":null}}}"#, #"{"a":{"b":{}}}"#),
            (#"{"a":[1,2]}"#, #"{"a":[3]}"#, #"{"a":[3]}"#),
        ]
    )
    func merge(target: String, patch: String, result: String) throws {
        var object = try JSONObject(parsing: target)
        object.merge(patch: try JSONObject(parsing: patch))
        #expect(object.text == result)
    }

    @Test("a copy taken before a merge stays as it was")
    func values() throws {
        var object: JSONObject = ["a": ["b": 1]]
        let copy = object
        object.merge(patch: ["a": ["b": 2]])
        #expect(copy == ["a": ["b": 1]])
        #expect(object == ["a": ["b": 2]])
    }
}
