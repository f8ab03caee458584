import NIOCore
import TestKit

@testable import LocalHub

extension Cuts {
    /// What a decoder makes of the pieces, as the hub's handler drives it: packets, and the error that ended it.
    static func decode(_ pieces: [ArraySlice<UInt8>]) -> (packets: [MQTTClientPacket], error: MQTTDecodingError?) {
        var decoder = MQTTFrameDecoder()
        var packets: [MQTTClientPacket] = []
        for piece in pieces {
            decoder.append(ByteBuffer(bytes: piece))
            do throws(MQTTDecodingError) {
                while let frame = try decoder.next() { packets.append(try MQTTClientPacket(frame)) }
            } catch {
                return (packets, error)
            }
            decoder.compact()
        }
        return (packets, nil)
    }
}
