import IoTHub
import TestKit

@testable import LocalHub

/// Twins and identities with all that the limits allow, the same for the same seed.
struct RandomTwin {
    private var generator: SeededGenerator
    private var time = HubTimestamp(ticksSinceEpoch: 17_000_000_000_000_000)

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private static let characters: [Unicode.Scalar] = [
        "a", "B", "7", "_", "-", "\"", "\\", "/", "é", "\u{301}", "ß", "漢", "🏭", "\u{2028}", "\u{FFFF}", "{", ":", "'",
    ]
    /// Only in values.
    private static let controls: [Unicode.Scalar] = ["\0", "\n", "\t", "\r", "\u{1F}", "\u{7F}", ".", "$", " ", "#"]

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

    private mutating func text(_ lengths: ClosedRange<Int>, from characters: [Unicode.Scalar]) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: lengths, using: &generator) {
            if let one = characters.randomElement(using: &generator) { text.append(one) }
        }
        return String(text)
    }

    private mutating func value(depth: Int, allowsNull: Bool) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 10 : 7), using: &generator) {
        case 0: return .bool(chance(50))
        case 1: return .integer(Int64.random(in: TwinLimits.integers, using: &generator))
        case 2: return .integer(Int64.random(in: -3...3, using: &generator))
        case 3:
            let bits = Double(bitPattern: UInt64.random(in: .min ... .max, using: &generator))
            return .double(bits.isFinite ? bits : -0.0)
        case 4: return .double(Double(Int.random(in: -1000...1000, using: &generator)))
        case 5: return .string(text(0...30, from: Self.characters + Self.controls))
        case 6: return allowsNull ? .null : .string("")
        case 7:
            let count = Int.random(in: 0...3, using: &generator)
            return .array((0..<count).map { _ in value(depth: depth - 1, allowsNull: false) })
        default: return .object(object(depth: depth - 1, allowsNull: allowsNull))
        }
    }

    mutating func object(depth: Int, allowsNull: Bool) -> JSONObject {
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            // A few names, so that patches meet what is there.
            let name = chance(70) ? "k\(Int.random(in: 0...5, using: &generator))" : text(1...12, from: Self.characters)
            object[name] = value(depth: depth, allowsNull: allowsNull)
        }
        return object
    }

    private mutating func nextTime() -> HubTimestamp {
        time.ticksSinceEpoch += Int64.random(in: 1...20_000_000_000, using: &generator)
        // Whole seconds are written without a fraction.
        if chance(20) { time.ticksSinceEpoch -= time.ticksSinceEpoch % 10_000_000 }
        return time
    }

    /// Makes one more change of a kind that front ends make; one that breaks a limit leaves the twin as it was.
    mutating func change(_ twin: inout TwinDocument) {
        let write = TwinWrite(
            tags: chance(50) ? object(depth: 3, allowsNull: true) : nil,
            desired: chance(70) ? object(depth: 3, allowsNull: true) : nil
        )
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<4: _ = try? twin.patch(write, at: nextTime())
        case 4: _ = try? twin.replace(with: write, at: nextTime())
        case 5: twin.modelID = text(0...20, from: Self.characters)
        default: _ = try? twin.patchReported(object(depth: 3, allowsNull: true), at: nextTime())
        }
    }

    mutating func twin(of id: String) -> TwinDocument {
        var twin = TwinDocument(deviceID: id)
        for _ in 0..<Int.random(in: 0...12, using: &generator) { change(&twin) }
        return twin
    }

    mutating func device(_ id: String) -> Device {
        var device = Device(id: id)
        device.generationID = chance(90) ? text(1...20, from: ["0", "7"]) : nil
        device.etag = ETag(identityCounter: UInt64.random(in: 0...UInt64.max, using: &generator))
        device.status = chance(50) ? .enabled : .disabled
        device.statusReason = chance(50) ? text(0...128, from: Self.characters + Self.controls) : nil
        device.statusUpdatedTime = chance(50) ? nextTime() : .never
        device.connectionState = chance(50) ? .connected : .disconnected
        device.connectionStateUpdatedTime = nextTime()
        device.lastActivityTime = nextTime()
        device.cloudToDeviceMessageCount = Int64.random(in: 0...50, using: &generator)
        device.capabilities.iotEdge = chance(30)
        device.deviceScope = chance(30) ? text(1...20, from: Self.characters) : nil
        device.parentScopes = chance(30) ? [text(1...20, from: Self.characters), "b"] : []
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            device.authentication = AuthenticationMechanism(
                type: .sas,
                symmetricKey: SymmetricKey(primaryKey: SymmetricKey.randomKey(), secondaryKey: "c2hvcnQ=")
            )
        case 1:
            device.authentication = AuthenticationMechanism(
                type: .selfSigned,
                symmetricKey: nil,
                x509Thumbprint: X509Thumbprint(primaryThumbprint: text(40...40, from: ["A", "9"]))
            )
        case 2: device.authentication = AuthenticationMechanism(type: .certificateAuthority, symmetricKey: nil)
        default: device.authentication = AuthenticationMechanism(type: .none, symmetricKey: nil)
        }
        return device
    }
}
