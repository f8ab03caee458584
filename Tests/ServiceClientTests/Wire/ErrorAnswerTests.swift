import IoTHub
import NIOHTTP1
import Testing

@testable import ServiceClient

@Suite struct ErrorAnswerTests {
    private func answer(_ status: Int, header: String? = nil, _ text: String) -> ErrorAnswer {
        ErrorAnswer(
            status: HTTPResponseStatus(statusCode: status),
            header: header,
            body: try? JSON(parsing: text),
            text: text
        )
    }

    @Test("the registry's shape gives code, message and tracking id")
    func registryShape() {
        let answer = answer(
            404,
            header: "DeviceNotFound",
            #"{"Message":"ErrorCode:DeviceNotFound;dev1","ExceptionMessage":"Tracking ID:0145-G:0-TimeStamp:11/10/2016"}"#
        )
        #expect(answer.code == .deviceNotFound)
        #expect(answer.message == "dev1")
        #expect(answer.trackingID == "0145-G:0-TimeStamp:11/10/2016")
    }

    @Test("JSON text inside Message is unpacked")
    func nestedShape() {
        let answer = answer(
            404,
            #"{"Message":"{\"errorCode\":404103,\"trackingId\":\"t1\",\"message\":\"not online\"}","ExceptionMessage":""}"#
        )
        #expect(answer.code == .deviceNotOnline)
        #expect(answer.message == "not online")
        #expect(answer.trackingID == "t1")
    }

    @Test("the bare shape is read")
    func bareShape() {
        let answer = answer(
            409,
            #"{"errorCode":409301,"message":"exists","trackingId":"t2","timestampUtc":"2021-01-12T22:23:43Z"}"#
        )
        #expect(answer.code == .moduleAlreadyExistsOnDevice)
        #expect(answer.message == "exists")
        #expect(answer.trackingID == "t2")
    }

    @Test("a header and a body that disagree give no code")
    func disagreement() {
        let answer = answer(429, header: "ThrottlingException", #"{"Message":"ErrorCode:DeviceNotFound;x"}"#)
        #expect(answer.code == nil)
        #expect(answer.message == "x")
    }

    @Test("a header alone gives the code")
    func headerOnly() {
        #expect(answer(429, header: "ThrottlingBacklogTimeout", "").code == .throttlingBacklogTimeout)
    }

    @Test(
        "a body that is none of the shapes is quoted, in part",
        arguments: ["<html>\nnope", "[1,2]", #"{"errorCode":{}}"#, #"{"Message":7}"#, "\u{0}\u{1}"]
    )
    func garbage(text: String) {
        let answer = answer(502, text)
        #expect(answer.code == nil)
        #expect(answer.message.hasPrefix("Bad Gateway"))
    }

    @Test("an empty body says so")
    func empty() {
        #expect(answer(503, "").message == "Service Unavailable, with no explanation")
    }
}

@Suite struct RedactionTests {
    @Test(
        "secrets are blotted out and the rest stays",
        arguments: [
            (
                "SharedAccessSignature sr=h&sig=2ylB6nEi%2BX%3D&se=17&skn=p",
                "SharedAccessSignature sr=h&sig=[redacted]&se=17&skn=p"
            ),
            ("HostName=h;SharedAccessKeyName=p;SharedAccessKey=AAEC+/8=;x=1", nil),
            (#"{"primaryKey":"AAEC","secondaryKey": "BBBB","n":1}"#, nil),
            (#"{\"primaryKey\":\"AAEC\"}"#, nil),
            ("primaryKey=AAEC, SecondaryKey = 'BBBB'", "primaryKey=[redacted], SecondaryKey = '[redacted]'"),
            ("primaryKey 'AAEC' is bad", "primaryKey '[redacted]' is bad"),
            ("primaryKey is not Base64", "primaryKey is not Base64"),
            (
                "authentication.symmetricKey.primaryKey and \"secondaryKey\" of 'a' differ",
                "authentication.symmetricKey.primaryKey and \"secondaryKey\" of 'a' differ"
            ),
            ("client_secret=AAEC~8.Q-_&scope=x", "client_secret=[redacted]&scope=x"),
            (#"{"access_token":"AAEC.BBBB.x"}"#, #"{"access_token":"[redacted]"}"#),
            ("Bearer eyJAAEC.eyJBBBB.c2ln is bad", "Bearer [redacted] is bad"),
            ("client_assertion_type is wrong", "client_assertion_type is wrong"), ("eyJ alone", "eyJ alone"),
            ("the primaryKey", "the primaryKey"), ("nothing to hide", "nothing to hide"),
            ("sig=", "sig="),
        ] as [(String, String?)]
    )
    func clean(text: String, expected: String?) {
        let cleaned = Redaction.clean(text)
        for secret in ["2ylB", "AAEC", "BBBB"] { #expect(!cleaned.contains(secret)) }
        if let expected { #expect(cleaned == expected) }
        #expect(Redaction.clean(cleaned) == cleaned || !cleaned.contains("sig=["))
    }

    @Test("an error's message is cleaned when it is made")
    func error() {
        let error = ServiceClientError(
            reason: .refused,
            operation: "GET /twins/a",
            status: 401,
            message: "sig=abc%3D&se=1"
        )
        #expect(error.description == "GET /twins/a: the hub answered 401: sig=[redacted]&se=1")
    }
}
