import Crypto
import NIOCore
import NIOSSL

/// Signs with a key of its own, whatever certificate it shows.
final class Impostor: NIOSSLCustomPrivateKey, Hashable {
    static var key: NIOSSLPrivateKey { NIOSSLPrivateKey(customPrivateKey: Impostor()) }

    private let own = P256.Signing.PrivateKey()

    var signatureAlgorithms: [SignatureAlgorithm] { [.ecdsaSecp256R1Sha256] }

    func sign(channel: any Channel, algorithm: SignatureAlgorithm, data: ByteBuffer) -> EventLoopFuture<ByteBuffer> {
        channel.eventLoop.makeCompletedFuture {
            ByteBuffer(bytes: try own.signature(for: Array(data.readableBytesView)).derRepresentation)
        }
    }

    func decrypt(channel: any Channel, data: ByteBuffer) -> EventLoopFuture<ByteBuffer> {
        channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
    }

    static func == (one: Impostor, other: Impostor) -> Bool { one === other }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
