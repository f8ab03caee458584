// The kinds of authentication by name, as in `Device(id: "press-1", authentication: .certificateAuthority)`.
extension AuthenticationMechanism {
    /// Authentication by a token; the hub makes the keys that are left out.
    public static func sas(primaryKey: String? = nil, secondaryKey: String? = nil) -> AuthenticationMechanism {
        AuthenticationMechanism(
            type: .sas,
            symmetricKey: SymmetricKey(primaryKey: primaryKey, secondaryKey: secondaryKey)
        )
    }

    /// Authentication by a certificate with one of two thumbprints: SHA-1 (40) or SHA-256 (64 hexadecimal digits).
    public static func selfSigned(
        primaryThumbprint: String,
        secondaryThumbprint: String? = nil
    ) -> AuthenticationMechanism {
        AuthenticationMechanism(
            type: .selfSigned,
            symmetricKey: nil,
            x509Thumbprint: X509Thumbprint(
                primaryThumbprint: primaryThumbprint,
                secondaryThumbprint: secondaryThumbprint
            )
        )
    }

    /// Authentication by a certificate that chains to a certificate authority of the hub.
    public static var certificateAuthority: AuthenticationMechanism {
        AuthenticationMechanism(type: .certificateAuthority, symmetricKey: nil)
    }
}
