import DeviceClient
import Fleet
import IoTHub
import Testing

@testable import FleetRunner

@Suite("Devices that were there before a run")
struct AdoptionTests {
    private let certificate: DeviceCertificate
    private let first = String(repeating: "A", count: 64)
    private let second = String(repeating: "B", count: 64)
    private let made = DeviceAuthentication.x509(X509Setting(kind: .selfSigned))

    init() throws { certificate = try DeviceCertificate.selfSigned(commonName: "press-1") }

    private func thumbprints(_ adoption: Adoption) -> [String?] {
        guard case .rethumbed(let new, .certificate) = adoption else { return [] }
        return [new.x509Thumbprint?.primaryThumbprint, new.x509Thumbprint?.secondaryThumbprint]
    }

    private func isAsItIs(_ adoption: Adoption) -> Bool {
        if case .asItIs(.certificate) = adoption { true } else { false }
    }

    private func reason(_ adoption: Adoption) -> String? {
        if case .refused(let reason) = adoption { reason } else { nil }
    }

    @Test("keep their key")
    func key() {
        guard case .asItIs(.key("a2V5")) = Adoption(of: .sas(primaryKey: "a2V5"), as: .sas, nil) else {
            Issue.record("the key is not taken")
            return
        }
    }

    @Test("with other authentication are not used, and the reason has both words")
    func otherType() {
        #expect(
            reason(Adoption(of: .certificateAuthority, as: .sas, nil))
                == "exists with authentication certificateAuthority; this run needs sas"
        )
        #expect(
            reason(Adoption(of: .sas(primaryKey: "a2V5"), as: made, certificate))
                == "exists with authentication sas; this run needs selfSigned"
        )
        let byAuthority = DeviceAuthentication.x509(X509Setting(kind: .certificateAuthority))
        #expect(
            reason(Adoption(of: .selfSigned(primaryThumbprint: first), as: byAuthority, certificate))
                == "exists with authentication selfSigned; this run needs certificateAuthority"
        )
        #expect(isAsItIs(Adoption(of: .certificateAuthority, as: byAuthority, certificate)))
    }

    @Test("get the thumbprint of a new certificate as their second one")
    func newThumbprint() {
        let own = certificate.sha256Thumbprint
        #expect(
            thumbprints(Adoption(of: .selfSigned(primaryThumbprint: first), as: made, certificate)) == [first, own]
        )
        let both = AuthenticationMechanism.selfSigned(primaryThumbprint: first, secondaryThumbprint: second)
        #expect(thumbprints(Adoption(of: both, as: made, certificate)) == [first, own])
        let none = AuthenticationMechanism(type: .selfSigned, symmetricKey: nil)
        #expect(thumbprints(Adoption(of: none, as: made, certificate)) == [own, nil])
    }

    @Test("that have the thumbprint stay as they are, in whatever case and length it is")
    func knownThumbprint() {
        for own in [certificate.sha256Thumbprint.lowercased(), certificate.sha1Thumbprint] {
            let known = AuthenticationMechanism.selfSigned(primaryThumbprint: first, secondaryThumbprint: own)
            #expect(isAsItIs(Adoption(of: known, as: made, certificate)))
        }
    }

    @Test("with other thumbprints than that of the user's file are not used")
    func files() {
        let files = X509Setting.Files(certificate: "certs/press-1.pem", key: "certs/press-1.key")
        let given = DeviceAuthentication.x509(X509Setting(kind: .selfSigned, files: files))
        let known = AuthenticationMechanism.selfSigned(primaryThumbprint: certificate.sha256Thumbprint)
        #expect(isAsItIs(Adoption(of: known, as: given, certificate)))
        #expect(
            reason(Adoption(of: .selfSigned(primaryThumbprint: first), as: given, certificate))
                == "exists with other thumbprints than that of certs/press-1.pem, \(certificate.sha256Thumbprint)"
        )
    }
}
