import AMQPEngine
import Testing

@testable import DeviceClient

@Suite struct AMQPTokensTests {
    @Test("a connection that is lost takes its engine and its links for tokens with it")
    func loss() throws {
        weak var engine: AMQPConnection?
        weak var tokens: AMQPTokens?
        try {
            let connection = AMQPConnection(.client(nil), AMQPConfiguration(containerID: "c", hostname: "hub"))
            connection.open()
            let links = try AMQPTokens(connection)
            (engine, tokens) = (connection, links)
            #expect(connection.takeOutput().count > 100)
        }()
        // Nothing was ended in peace: no end, no close.
        #expect(engine == nil && tokens == nil)
    }
}
