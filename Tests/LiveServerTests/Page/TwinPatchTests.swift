import Foundation
import IoTHub
import Testing

@testable import LiveServer

@Suite("A change of desired properties from the page")
struct TwinPatchTests {
    private func patch(_ text: String, etag: JSON? = nil) throws(PageFailure) -> TwinPatch {
        var body: JSONObject = ["patch": .string(text)]
        body["etag"] = etag
        return try TwinPatch(body: body.serialized())
    }

    @Test("is what was typed, with or without an ETag")
    func good() throws {
        let plain = try patch(#"{"fan": {"speed": 4503599627370495}, "old": null}"#)
        #expect(plain.desired == ["fan": ["speed": 4_503_599_627_370_495], "old": nil])
        #expect(plain.etag == nil)
        let guarded = try patch(#"{"a": 1}"#, etag: "AAAA")
        #expect(guarded.etag == ETag(rawValue: "AAAA"))
        let open = try patch(#"{"a": 1}"#, etag: .null)
        #expect(open.etag == nil)
    }

    @Test(
        "is refused with what was found and what was expected",
        arguments: [
            ("{\"a\": 1,\n}", "line 2, column"), ("", "The patch is no JSON"),
            ("7", "a JSON number; expected an object"),
            ("[]", "a JSON array; expected an object"), ("{}", "The patch is empty"),
            (#"{"a.b": 1}"#, "breaks a rule of twins"), (#"{"a": 4503599627370496}"#, "breaks a rule of twins"),
        ]
    )
    func bad(text: String, words: String) {
        let error = #expect(throws: PageFailure.self) { try patch(text) }
        #expect(error?.status == 400)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test("the place of a fault is told once")
    func place() {
        let error = #expect(throws: PageFailure.self) { try patch(#"{"big": 4503599627370496}"#) }
        #expect(error?.message.components(separatedBy: "properties.desired.big").count == 2, "\(error?.message ?? "")")
    }

    @Test("is refused with an ETag that none can be", arguments: ["", "a\r\nX: 1", "a\n", "a b", "a\"b", "ä"])
    func badETag(etag: String) {
        let error = #expect(throws: PageFailure.self) { try patch(#"{"a": 1}"#, etag: .string(etag)) }
        #expect(error?.status == 400)
        #expect(error?.message.contains("'etag'") == true)
    }

    @Test(
        "needs a request that is one",
        arguments: ["", "{", "{}", #"{"patch": {"a": 1}}"#, #"{"patch": "{\"a\":1}", "etag": 7}"#]
    )
    func badRequest(body: String) {
        let error = #expect(throws: PageFailure.self) { try TwinPatch(body: Array(body.utf8)) }
        #expect(error?.status == 400)
    }
}
