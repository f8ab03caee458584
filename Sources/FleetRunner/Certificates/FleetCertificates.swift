import DeviceClient
import Fleet
import IoTHub

/// Makes or reads the certificates of a fleet's devices when they are provisioned.
struct FleetCertificates: Sendable {
    /// Those who sign, by the file of their certificate.
    private let authorities: [String: DeviceCertificateAuthority]
    /// The authority that was made for the run.
    private let authorityOfRun: DeviceCertificateAuthority?

    /// Reads the authorities that are to sign certificates.
    /// - Throws: `RunError` that says which file is wrong.
    init(for fleet: Fleet, authorityOfRun: DeviceCertificateAuthority?) throws(RunError) {
        var authorities: [String: DeviceCertificateAuthority] = [:]
        // A fleet has few of them, however many devices it has.
        for files in Set(fleet.devices.lazy.compactMap(\.auth.x509?.authority)) {
            guard let key = files.key else { continue }
            do {
                authorities[files.certificate] = try DeviceCertificateAuthority(
                    certificateFile: files.certificate,
                    keyFile: key
                )
            } catch {
                throw RunError(.unsupported, "the authority of the devices' certificates: \(error.message)")
            }
        }
        self.authorities = authorities
        self.authorityOfRun = authorityOfRun
    }

    /// The certificate of a device.
    func certificate(of deviceID: String, _ setting: X509Setting) throws(DeviceClientError) -> DeviceCertificate {
        if let files = setting.files {
            return try DeviceCertificate(
                certificateFile: files.certificate,
                keyFile: files.key,
                passphrase: files.passphrase
            )
        }
        switch setting.kind {
        case .selfSigned:
            // Hubs do not look at the name, which is shorter than an id may be.
            return try DeviceCertificate.selfSigned(commonName: String(deviceID.prefix(64)))
        case .certificateAuthority:
            let authority = setting.authority.map { authorities[$0.certificate] } ?? authorityOfRun
            guard let authority else {
                throw DeviceClientError(.invalidArgument, "there is no authority to sign the device's certificate")
            }
            return try authority.issue(commonName: deviceID)
        }
    }
}
