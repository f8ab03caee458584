import IoTHub
import Testing

@testable import DeviceClient

@Suite struct TransportChoiceTests {
    private let refused = DeviceClientError(.communication, "Connection refused")
    private let silent = DeviceClientError(.timedOut, "no answer")

    @Test(
        "transports for one way try no other",
        arguments: TransportType.allCases.filter { $0.rawValue.hasSuffix("Only") }
    )
    func only(_ transport: TransportType) {
        var choice = TransportChoice(transport)
        choice.begin(isOpening: true)
        #expect(choice.current == transport)
        #expect(choice.next == nil)
        let verdict = choice.failed(refused, words: "x")
        #expect(verdict == .over(refused))
        #expect(choice.active == nil)
        choice.begin(isOpening: true)
        let news = choice.accepted()
        #expect(news == nil)
        #expect(choice.active == transport)
    }

    @Test(
        "Mqtt and Amqp try TCP, then a WebSocket, and keep it for reconnects",
        arguments: [
            (TransportType.mqtt, TransportType.mqttTcpOnly, TransportType.mqttWebSocketOnly),
            (.amqp, .amqpTcpOnly, .amqpWebSocketOnly),
        ]
    )
    func fallback(_ transport: TransportType, _ tcp: TransportType, _ webSocket: TransportType) {
        var choice = TransportChoice(transport)
        choice.begin(isOpening: true)
        #expect(choice.current == tcp)
        #expect(choice.next != nil)
        let verdict = choice.failed(silent, words: "TCP port 1")
        #expect(verdict == .next)
        #expect(choice.current == webSocket)
        #expect(choice.next == nil)
        let news = choice.accepted()
        #expect(news == "TCP port 1: no answer")
        #expect(choice.active == webSocket)
        choice.begin(isOpening: false)
        #expect(choice.current == webSocket)
        let lost = choice.failed(refused, words: "a WebSocket")
        #expect(lost == .over(refused))
        choice.begin(isOpening: false)
        let old = choice.accepted()
        #expect(old == nil)
    }

    @Test("where TCP is known not to get through, the WebSocket is tried first, and TCP after it")
    func avoiding() {
        var choice = TransportChoice(.mqtt)
        choice.begin(isOpening: true, avoidsFirst: true)
        #expect(choice.current == .mqttWebSocketOnly && choice.next == .mqttTcpOnly)
        let verdict = choice.failed(refused, words: "a WebSocket")
        #expect(verdict == .next)
        #expect(choice.current == .mqttTcpOnly)
        var only = TransportChoice(.amqpTcpOnly)
        only.begin(isOpening: true, avoidsFirst: true)
        #expect(only.current == .amqpTcpOnly && only.next == nil)
    }

    @Test("TCP that works is kept, and nothing is said of it")
    func tcp() {
        var choice = TransportChoice(.mqtt)
        choice.begin(isOpening: true)
        let news = choice.accepted()
        #expect(news == nil)
        #expect(choice.active == .mqttTcpOnly)
        choice.begin(isOpening: false)
        #expect(choice.next == nil)
    }

    @Test("when both fail, the error says so, and has the last one's reason")
    func both() {
        var choice = TransportChoice(.amqp)
        choice.begin(isOpening: true)
        let first = choice.failed(refused, words: "TCP port 1")
        #expect(first == .next)
        let second = choice.failed(
            DeviceClientError(.untrustedCertificate, status: 7, "who?"),
            words: "a WebSocket on port 2"
        )
        #expect(
            second
                == .over(
                    DeviceClientError(
                        .untrustedCertificate,
                        status: 7,
                        "Amqp cannot connect. TCP port 1: Connection refused; a WebSocket on port 2: who?"
                    )
                )
        )
        // The next try begins with TCP again.
        choice.begin(isOpening: true)
        #expect(choice.current == .amqpTcpOnly)
        #expect(choice.next != nil)
    }

    @Test(
        "only what does not get through leads to another transport",
        arguments: [
            DeviceClientError.Reason.unauthorized, .deviceNotFound, .untrustedCertificate, .throttled, .serverError,
            .systemLimit,
        ]
    )
    func refusals(_ reason: DeviceClientError.Reason) {
        var choice = TransportChoice(.mqtt)
        choice.begin(isOpening: true)
        let error = DeviceClientError(reason, "no")
        let verdict = choice.failed(error, words: "x")
        #expect(verdict == .over(error))
        #expect(choice.current == .mqttTcpOnly)
    }

    @Test("an open after the client had given up begins with what worked, and may fall back again")
    func reopening() {
        var choice = TransportChoice(.mqtt)
        choice.begin(isOpening: true)
        _ = choice.failed(refused, words: "TCP")
        _ = choice.accepted()
        choice.begin(isOpening: true)
        #expect(choice.current == .mqttWebSocketOnly)
        let verdict = choice.failed(refused, words: "a WebSocket")
        #expect(verdict == .next)
        #expect(choice.current == .mqttTcpOnly)
        let news = choice.accepted()
        #expect(news == "a WebSocket: Connection refused")
        #expect(choice.active == .mqttTcpOnly)
    }
}
