import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import SwiftASN1
import TestKit
import Testing
import X509

@testable import LocalHub

@Suite("which certificates a registered authority stands behind")
struct ClientCertificateCheckTests {
    let now = Int64(Date().timeIntervalSince1970)
    let root: TestAuthority

    init() throws { root = try TestAuthority.make() }

    func check(_ authorities: [TestAuthority]) throws -> ClientCertificateCheck {
        ClientCertificateCheck(
            authorities: try authorities.enumerated().map { index, authority in
                try TrustedAuthority(kept: DeviceAuthority(name: "ca-\(index)", pem: authority.certificatePEM))
            }
        )
    }

    /// What a device sends, in DER.
    func chain(_ certificate: TestCertificate) throws -> [[UInt8]] {
        try PEMDocument.parseMultiple(pemString: certificate.certificatePEM).map(\.derBytes)
    }

    func authority(_ trust: ClientCertificates.Trust) -> String? {
        if case .trusted(let name, _) = trust { name } else { nil }
    }

    func reason(_ trust: ClientCertificates.Trust) -> String {
        if case .untrusted(let why) = trust { why } else { "" }
    }

    @Test("one that the authority has issued, and says for how long")
    func direct() async throws {
        let certificate = try root.issue(commonName: "dev1")
        let other = try TestAuthority.make()
        let trust = try await check([other, root]).trust(in: chain(certificate), at: now)
        #expect(authority(trust) == "ca-1")
        let leaf = try Certificate(derEncoded: certificate.der)
        guard case .trusted(_, let validity) = trust else { return }
        #expect(validity == CertificateValidity(of: [leaf]))
    }

    @Test("a check that is under way when the hub stops is waited for: its handshake's event loop must not end before")
    func stopping() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let promise = group.next().makePromise(of: NIOSSLVerificationResult.self)
        let isTold = NIOLockedValueBox(false)
        promise.futureResult.whenComplete { _ in isTold.withLockedValue { $0 = true } }
        let check = try check([root])
        let leaf = try NIOSSLCertificate(bytes: root.issue(commonName: "dev1").der, format: .der)
        check.take([leaf], promise)
        await check.stop()
        #expect(isTold.withLockedValue { $0 })
        try await group.shutdownGracefully()
    }

    @Test("one of an authority below it, if that is sent along; registered, the one below is enough")
    func intermediate() async throws {
        let below = try root.intermediate()
        let lowest = try below.intermediate()
        let certificate = try lowest.issue(commonName: "dev1")
        let whole = try chain(certificate)
        #expect(whole.count == 3)
        #expect(authority(try await check([root]).trust(in: whole, at: now)) == "ca-0")
        #expect(authority(try await check([root]).trust(in: [whole[0], whole[2], whole[1]], at: now)) == "ca-0")
        #expect(authority(try await check([lowest]).trust(in: [whole[0]], at: now)) == "ca-0")
        #expect(authority(try await check([root]).trust(in: Array(whole.prefix(2)), at: now)) == nil)
        #expect(authority(try await check([root]).trust(in: [whole[0]], at: now)) == nil)
    }

    @Test("none of another authority, though it have the same name; none that signed itself")
    func foreign() async throws {
        let namesake = try TestAuthority.make(commonName: "Plant")
        let real = try TestAuthority.make(commonName: "Plant")
        let check = try check([real])
        let foreign = try await check.trust(in: chain(namesake.issue(commonName: "dev1")), at: now)
        #expect(reason(foreign).contains("does not chain"))
        let selfSigned = try await check.trust(in: chain(.selfSigned(commonName: "Plant")), at: now)
        #expect(reason(selfSigned).contains("does not chain"))
        // A device's certificate is no authority's.
        let device = try real.issue(commonName: "Plant")
        #expect(authority(try await check.trust(in: chain(device), at: now)) == "ca-0")
    }

    @Test("none that an authority issued which may not have others below it")
    func pathLength() async throws {
        let narrow = try TestAuthority.make(maxPathLength: 0)
        let certificate = try narrow.intermediate().issue(commonName: "dev1")
        let trust = try await check([narrow]).trust(in: chain(certificate), at: now)
        #expect(reason(trust).contains("maximum path length 0"), "\(reason(trust))")
    }

    @Test("one that is not valid now, nor its authority, with the times that say so")
    func times() async throws {
        let start = Date(timeIntervalSince1970: 1_900_000_000)
        let young = try TestAuthority.make(notBefore: start, notAfter: start + 1000)
        let below = try young.intermediate(notBefore: start - 50, notAfter: start + 500)
        let certificate = try below.issue(commonName: "dev1", notBefore: start - 100, notAfter: start + 2000)
        for seconds: Int64 in [0, 1_900_000_100, 1_900_000_600, 2_000_000_000] {
            let trust = try await check([young]).trust(in: chain(certificate), at: seconds)
            let times = CertificateValidity(notBefore: 1_900_000_000, notAfter: 1_900_000_500)
            #expect(trust == .trusted(authority: "ca-0", times))
        }
    }

    @Test("of a renewed authority with the same key and name, the one that is valid now")
    func renewal() async throws {
        let start = Date(timeIntervalSince1970: 1_900_000_000)
        let first = try TestAuthority.make(notBefore: start, notAfter: start + 1000)
        let second = try first.renewed(notBefore: start + 900, notAfter: start + 2000)
        let certificate = try second.issue(commonName: "dev1", notBefore: start, notAfter: start + 5000)
        let check = try check([first, second])
        #expect(authority(try await check.trust(in: chain(certificate), at: 1_900_000_500)) == "ca-0")
        #expect(authority(try await check.trust(in: chain(certificate), at: 1_900_001_500)) == "ca-1")
    }

    @Test("none behind more certificates than are looked at, and none that cannot be read")
    func hostile() async throws {
        let certificate = try root.issue(commonName: "dev1")
        let check = try check([root])
        let many = [[UInt8]](repeating: certificate.der, count: ClientCertificateCheck.longestChain + 1)
        #expect(reason(await check.trust(in: many, at: now)).contains("at most 6"))
        #expect(reason(await check.trust(in: [[1, 2, 3]], at: now)).contains("cannot be read"))
        #expect(reason(await check.trust(in: [], at: now)).contains("none was sent"))
        // Garbage beside it does no harm.
        #expect(authority(await check.trust(in: [certificate.der, [1, 2, 3]], at: now)) == "ca-0")
    }

    @Test("what is used stays remembered, what is not goes")
    func memory() {
        var values = RecentValues<Int, String>(capacity: 10)
        values[-1] = "kept"
        values[-2] = "forgotten"
        for key in 0..<100 {
            values[key] = "new"
            #expect(values[-1] == "kept")
        }
        #expect(values[-2] == nil)
        #expect(values[99] == "new")
        values[-1] = nil
        #expect(values[-1] == nil)
    }
}
