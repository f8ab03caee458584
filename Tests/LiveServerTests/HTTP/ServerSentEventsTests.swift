import Testing

@testable import LiveServer

@Suite("Server-sent events")
struct ServerSentEventsTests {
    @Test(
        "a message is its data line by line, and an empty line",
        arguments: [
            ("{}", "data: {}\n\n"), ("", "data: \n\n"), ("a\nb", "data: a\ndata: b\n\n"),
            ("a\r\nb\rc", "data: a\ndata: b\ndata: c\n\n"), ("a\n\nb", "data: a\ndata: \ndata: b\n\n"),
        ]
    )
    func framing(data: String, message: String) {
        #expect(ServerSentEvents.message(data) == message)
    }
}
