public import IoTHub

/// Whose access tokens a hub takes for its service API, and what their principals may do.
///
/// Source: Azure IoT Hub documentation, "Control access to IoT Hub by using Microsoft Entra ID".
public struct EntraConfiguration: Sendable {
    /// Where the issuer's public keys are, as a JSON Web Key Set (RFC 7517).
    public enum KeySource: Sendable, Hashable {
        /// A file; it is read again when a token names a key that it did not have.
        case file(String)
        /// An address of HTTPS, or of HTTP on this machine's loopback; it is first asked for the first token.
        case url(String)

        /// Reads the name of a file, or an address, which has `://` in it.
        /// - Throws: `IoTHubError` with `argumentInvalid` for an address that is none, or not protected.
        public init(parsing text: String) throws(IoTHubError) {
            guard text.contains("://") else {
                self = .file(text)
                return
            }
            _ = try WebAddress(parsing: text)
            self = .url(text)
        }
    }

    /// The issuer in the tokens (`iss`), letter by letter, such as `https://sts.windows.net/{tenant}/` for Microsoft
    /// Entra's tokens of version 1 and `https://login.microsoftonline.com/{tenant}/v2.0` for version 2.
    public var issuer: String
    /// Where the issuer's public keys are.
    public var keys: KeySource
    /// Whom the tokens must be for (`aud`), with or without a slash at the end; default: `https://iothubs.azure.net`.
    public var audience = "https://iothubs.azure.net"
    /// Who may do what; a principal that is not among them may do nothing.
    public var assignments: [EntraRoleAssignment]
    /// A PEM file of authorities to trust when keys are fetched by HTTPS; default: `nil`, the system's.
    public var trustedCAFile: String?

    /// Takes the tokens of an issuer.
    public init(issuer: String, keys: KeySource, assignments: [EntraRoleAssignment]) {
        self.issuer = issuer
        self.keys = keys
        self.assignments = assignments
    }
}
