import DeviceClient
import Fleet
import IoTHub

/// How a device that was there before the run is used by it, or why not.
enum Adoption {
    /// With what the hub has of it.
    case asItIs(DeviceProof)
    /// With another authentication to be written first, which has the thumbprint of the run's certificate.
    case rethumbed(AuthenticationMechanism, DeviceProof)
    /// Not, with the reason.
    case refused(String)

    /// Judges a device.
    ///
    /// A certificate that is made for the run has a new thumbprint in every run. It becomes the second one, so that whoever
    /// has the certificate of the first one keeps access.
    /// - Parameters:
    ///   - authentication: what the hub has.
    ///   - declared: what the fleet file says.
    ///   - certificate: the one that the device is to have; nil without one.
    init(
        of authentication: AuthenticationMechanism,
        as declared: DeviceAuthentication,
        _ certificate: DeviceCertificate?
    ) {
        let type = declared.type
        guard authentication.type == type else {
            self = .refused(
                "exists with authentication \(authentication.type.rawValue); this run needs \(type.rawValue)"
            )
            return
        }
        guard let setting = declared.x509, let certificate else {
            let key = authentication.symmetricKey?.primaryKey
            self = key.map { .asItIs(.key($0)) } ?? .refused("exists without a key that the hub would tell")
            return
        }
        let proof = DeviceProof.certificate(certificate)
        var thumbprints = authentication.x509Thumbprint ?? X509Thumbprint()
        let known = [thumbprints.primaryThumbprint, thumbprints.secondaryThumbprint].compactMap { $0?.uppercased() }
        let own = [certificate.sha256Thumbprint, certificate.sha1Thumbprint]
        if setting.kind == .certificateAuthority || known.contains(where: own.contains) {
            self = .asItIs(proof)
        } else if let files = setting.files {
            self = .refused("exists with other thumbprints than that of \(files.certificate), \(own[0])")
        } else {
            if known.isEmpty {
                thumbprints.primaryThumbprint = own[0]
            } else {
                thumbprints.secondaryThumbprint = own[0]
            }
            var new = authentication
            new.x509Thumbprint = thumbprints
            self = .rethumbed(new, proof)
        }
    }
}

/// How fast devices that were there before are asked for and changed.
struct AdoptionPace: Sendable {
    /// Identities read or written.
    let identities: Pace
    let twinReads: Pace
    let twinUpdates: Pace

    init(_ limits: HubLimits) {
        identities = Pace(perSecond: limits.identityOperationsPerSecond)
        twinReads = Pace(perSecond: limits.twinReadsPerSecond)
        twinUpdates = Pace(perSecond: limits.twinUpdatesPerSecond)
    }

    /// When the last operation begins on all devices of a fleet that exist already.
    /// - Returns: nil where nothing is limited.
    static func duration(for fleet: Fleet, limits: HubLimits) -> Duration? {
        // A certificate that is made for the run has another thumbprint in each, which has to be written.
        let rethumbed = fleet.devices.count { $0.auth.x509.map { $0.kind == .selfSigned && $0.files == nil } ?? false }
        let tagged = fleet.devices.count { !$0.tags.isEmpty }
        func last(_ count: Int, _ perSecond: Double?) -> Int64? {
            perSecond.map { pacedStart(of: count - 1, perSecond: $0) }
        }
        // They go on beside each other, so the slowest decides; tags are mostly there, and then nothing is written.
        return [
            last(fleet.devices.count + rethumbed, limits.identityOperationsPerSecond),
            last(tagged, limits.twinReadsPerSecond),
        ].compactMap(\.self).max().map { .microseconds($0) }
    }
}

extension DeviceAuthentication {
    /// The registry's word.
    fileprivate var type: AuthenticationType {
        switch x509?.kind {
        case .selfSigned: .selfSigned
        case .certificateAuthority: .certificateAuthority
        case nil: .sas
        }
    }
}
