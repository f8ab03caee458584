import ArgumentParser
import DeviceClient
import IoTHub

/// How a device authenticates, in the command line's words.
enum AuthenticationChoice: String, CaseIterable, ExpressibleByArgument {
    /// By a shared access key.
    case sas
    /// By a certificate whose thumbprint is registered.
    case selfSigned = "self-signed"
    /// By a certificate from an authority that the hub knows.
    case ca
    /// Not at all.
    case none

    /// The registry's word.
    var type: AuthenticationType {
        switch self {
        case .sas: .sas
        case .selfSigned: .selfSigned
        case .ca: .certificateAuthority
        case .none: .none
        }
    }

    /// The command line's word for the registry's.
    init(_ type: AuthenticationType) {
        switch type {
        case .sas: self = .sas
        case .selfSigned: self = .selfSigned
        case .certificateAuthority: self = .ca
        case .none: self = .none
        }
    }
}

/// The options for a device's keys and thumbprints.
struct AuthenticationOptions: ParsableArguments {
    @Option(help: "How the device authenticates.")
    var auth: AuthenticationChoice?

    @Option(help: ArgumentHelp("The primary key in Base64, or @FILE with it; the hub makes one.", valueName: "key"))
    var primaryKey: String?

    @Option(help: ArgumentHelp("The secondary key in Base64, or @FILE with it; the hub makes one.", valueName: "key"))
    var secondaryKey: String?

    @Option(help: ArgumentHelp("With self-signed: the certificate's thumbprint, in hexadecimal.", valueName: "hex"))
    var primaryThumbprint: String?

    @Option(help: ArgumentHelp("With self-signed: a second certificate's thumbprint.", valueName: "hex"))
    var secondaryThumbprint: String?

    @Option(
        help: ArgumentHelp("With self-signed: the certificate in PEM, for its SHA-256 thumbprint.", valueName: "file"),
        completion: .file()
    )
    var certificate: String?

    @Option(
        help: ArgumentHelp("With self-signed: a second certificate in PEM.", valueName: "file"),
        completion: .file()
    )
    var secondaryCertificate: String?

    /// Whether nothing was said about authentication.
    var isEmpty: Bool { auth == nil && !belongsToOneDevice }

    /// Whether a key, a thumbprint or a certificate was given, which can only be one device's.
    var belongsToOneDevice: Bool { hasKeys || hasThumbprints }

    private var hasKeys: Bool { primaryKey != nil || secondaryKey != nil }

    private var hasThumbprints: Bool {
        [primaryThumbprint, secondaryThumbprint, certificate, secondaryCertificate].contains { $0 != nil }
    }

    /// Whether a key itself stands on the command line, where others can see it.
    var isSecretVisible: Bool { [primaryKey, secondaryKey].contains { $0.map { !$0.hasPrefix("@") } ?? false } }

    /// What becomes of a device's authentication.
    ///
    /// Without `--auth` the kind follows from what is given, and else stays.
    /// - Parameter old: the authentication before; for a new device keys that the hub shall make.
    /// - Returns: the authentication after.
    /// - Throws: `CommandError` for options that do not go together, or a file that cannot be read.
    func changed(_ old: AuthenticationMechanism = .sas()) throws(CommandError) -> AuthenticationMechanism {
        let type = auth?.type ?? (hasThumbprints ? .selfSigned : hasKeys ? .sas : old.type)
        if hasKeys, type != .sas {
            throw CommandError(.usage, "a key does not go with --auth \(AuthenticationChoice(type).rawValue)")
        }
        if hasThumbprints, type != .selfSigned {
            let what = certificate ?? secondaryCertificate == nil ? "a thumbprint" : "a certificate"
            throw CommandError(.usage, "\(what) does not go with --auth \(AuthenticationChoice(type).rawValue)")
        }
        var new = type == old.type ? old : AuthenticationMechanism(type: type, symmetricKey: nil)
        switch type {
        case .sas:
            var keys = new.symmetricKey ?? SymmetricKey()
            if let primaryKey { keys.primaryKey = try FileText.valueOrFirstLine(primaryKey) }
            if let secondaryKey { keys.secondaryKey = try FileText.valueOrFirstLine(secondaryKey) }
            new.symmetricKey = keys
        case .selfSigned:
            var thumbprints = new.x509Thumbprint ?? X509Thumbprint()
            if let primary = try Self.thumbprint(
                primaryThumbprint,
                certificate,
                "--primary-thumbprint",
                "--certificate"
            ) {
                thumbprints.primaryThumbprint = primary
            }
            if let secondary = try Self.thumbprint(
                secondaryThumbprint,
                secondaryCertificate,
                "--secondary-thumbprint",
                "--secondary-certificate"
            ) {
                thumbprints.secondaryThumbprint = secondary
            }
            guard thumbprints.primaryThumbprint != nil else {
                throw CommandError(.usage, "--auth self-signed needs --certificate or --primary-thumbprint")
            }
            new.x509Thumbprint = thumbprints
        case .certificateAuthority, .none: break
        }
        return new
    }

    /// The thumbprint that was given, or that of the certificate that was given; nil for neither.
    private static func thumbprint(
        _ thumbprint: String?,
        _ file: String?,
        _ name: String,
        _ fileName: String
    ) throws(CommandError) -> String? {
        guard let file else { return thumbprint }
        guard thumbprint == nil else { throw CommandError(.usage, "give \(name) or \(fileName), not both") }
        do throws(DeviceClientError) {
            return try DeviceCertificate.sha256Thumbprint(ofCertificateFile: FileText.expanded(file))
        } catch {
            throw CommandError(.usage, error.message)
        }
    }
}
