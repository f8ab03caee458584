import DeviceClient
import IoTHub
import LocalHub
import TestKit

/// How devices of a test prove who they are.
enum DeviceProof: Sendable, CaseIterable, CustomStringConvertible {
    case key
    /// A certificate of the device's own, registered by its thumbprint.
    case selfSigned
    /// A certificate of an authority that the hub knows.
    case authority

    var description: String {
        switch self {
        case .key: "a key"
        case .selfSigned: "a self-signed certificate"
        case .authority: "an authority's certificate"
        }
    }

    /// What the hub has registered.
    func mechanism(_ certificate: DeviceCertificate?) -> AuthenticationMechanism {
        switch self {
        case .key: .sas()
        case .selfSigned: .selfSigned(primaryThumbprint: certificate?.sha256Thumbprint ?? "")
        case .authority: .certificateAuthority
        }
    }
}

/// What is wrong with a proof.
enum WrongProof: Sendable, CaseIterable, CustomStringConvertible {
    case wrongKey
    /// A certificate with another thumbprint than the registered one.
    case otherThumbprint
    /// A certificate of an authority that the hub does not know.
    case unknownAuthority
    /// Another device's certificate of an authority that the hub knows.
    case otherDevice

    /// What the device is registered with.
    var proof: DeviceProof {
        switch self {
        case .wrongKey: .key
        case .otherThumbprint: .selfSigned
        case .unknownAuthority, .otherDevice: .authority
        }
    }

    var description: String {
        switch self {
        case .wrongKey: "a wrong key"
        case .otherThumbprint: "a certificate with another thumbprint"
        case .unknownAuthority: "a certificate of an unknown authority"
        case .otherDevice: "a certificate of another device"
        }
    }
}

/// A bench whose hub knows an authority, and devices with every kind of proof.
struct ProofBench: Sendable {
    let bench: Bench
    let authority: DeviceCertificateAuthority

    static func with(lanes: Int = 1, _ body: (ProofBench) async throws -> Void) async throws {
        let authority = try DeviceCertificateAuthority.make(commonName: "press works")
        try await Bench.with(lanes: lanes) {
            $0.certificateAuthorities = [DeviceAuthority(name: "press-works", pem: authority.certificatePEM)]
        } _: { bench in
            try await body(ProofBench(bench: bench, authority: authority))
        }
    }

    /// Registers a device and makes its client.
    func client(_ id: String, _ proof: DeviceProof, _ transport: TransportType) throws -> DeviceClient {
        let certificate: DeviceCertificate? =
            switch proof {
            case .key: nil
            case .selfSigned: try .selfSigned(commonName: "whatever")
            case .authority: try authority.issue(commonName: id)
            }
        let key = try register(id, proof.mechanism(certificate))
        return try client(id, key: key, certificate, transport)
    }

    /// Registers a device and makes a client of it that cannot prove to be that device.
    func client(_ id: String, _ wrong: WrongProof, _ transport: TransportType) throws -> DeviceClient {
        _ = try register(id, wrong.proof.mechanism(try .selfSigned(commonName: id)))
        _ = try bench.test.addDevice("other")
        let certificate: DeviceCertificate? =
            switch wrong {
            case .wrongKey: nil
            case .otherThumbprint: try .selfSigned(commonName: id)
            case .unknownAuthority: try DeviceCertificateAuthority.make(commonName: "press works").issue(commonName: id)
            case .otherDevice: try authority.issue(commonName: "other")
            }
        return try client(id, key: SymmetricKey.randomKey(), certificate, transport)
    }

    /// Registers a device; its key, if it has one.
    private func register(_ id: String, _ mechanism: AuthenticationMechanism) throws -> String {
        let device = try bench.hub.registry.createDevice(Device(id: id, authentication: mechanism))
        return device.authentication.symmetricKey?.primaryKey ?? ""
    }

    private func client(
        _ id: String,
        key: String,
        _ certificate: DeviceCertificate?,
        _ transport: TransportType
    ) throws -> DeviceClient {
        var options = bench.options
        options.certificate = certificate
        let credential: ConnectionString.Credential =
            certificate == nil
            ? .deviceKey(deviceID: id, moduleID: nil, key: key) : .deviceX509(deviceID: id, moduleID: nil)
        return try DeviceClient.create(
            connectionString: ConnectionString(hostName: "localhost", credential: credential).text,
            transport: transport,
            options: options
        )
    }
}
