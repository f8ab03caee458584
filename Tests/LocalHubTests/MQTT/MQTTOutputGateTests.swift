import NIOCore
import Testing

@testable import LocalHub

@Suite("output that waits for the storage")
struct MQTTOutputGateTests {
    private func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    @Test("a release frees what was held for it, in order, and no more")
    func order() {
        var gate = MQTTOutputGate()
        #expect(!gate.isHolding)
        gate.hold(bytes("a"))
        gate.hold(answer: bytes("b"), requestID: "1")
        let first = gate.seal()
        gate.hold(behind: bytes("c"))
        gate.hold(answer: bytes("d"), requestID: "2")
        gate.hold(behind: bytes("e"))
        #expect(gate.heldBytes == 5)
        let firstOutput = gate.open(first)
        #expect(String(buffer: firstOutput) == "abc")
        #expect(gate.isHolding)
        let second = gate.seal()
        let secondOutput = gate.open(second)
        #expect(String(buffer: secondOutput) == "de")
        #expect(!gate.isHolding)
        #expect(gate.heldBytes == 0)
    }

    @Test("a later release frees what was held for earlier ones")
    func skipped() {
        var gate = MQTTOutputGate()
        gate.hold(bytes("a"))
        let first = gate.seal()
        gate.hold(bytes("b"))
        let second = gate.seal()
        let output = gate.open(second)
        #expect(String(buffer: output) == "ab")
        let nothing = gate.open(first)
        #expect(nothing.readableBytes == 0)
    }

    @Test("a notification goes before the first answer that shows its change, else to the end")
    func notifications() {
        var gate = MQTTOutputGate()
        gate.hold(bytes("connack "))
        gate.hold(twin: bytes("get3 "), desiredVersion: 3)
        gate.hold(answer: bytes("patch "), requestID: "2")
        gate.hold(twin: bytes("get5 "), desiredVersion: 5)
        let release = gate.seal()
        for version in Int64(2)...6 { gate.hold(notification: bytes("v\(version) "), version: version) }
        let output = gate.open(release)
        #expect(String(buffer: output) == "connack v2 v3 get3 patch v4 v5 get5 v6 ")
    }

    @Test("when the storage fails, the answers are replaced and all else is sent")
    func failure() {
        var gate = MQTTOutputGate()
        gate.hold(bytes("puback "))
        gate.hold(answer: bytes("204 "), requestID: "1")
        gate.hold(bytes("pong "))
        gate.hold(answer: bytes("200 "), requestID: "2")
        let release = gate.seal()
        gate.hold(answer: bytes("later"), requestID: "3")
        let output = gate.open(release) { bytes("500:\($0) ") }
        #expect(String(buffer: output) == "puback 500:1 pong 500:2 ")
        gate.drop()
        #expect(!gate.isHolding)
        #expect(gate.heldBytes == 0)
    }
}
