/// A device that authenticates with a certificate.
///
/// Source: Azure IoT SDK for C#, `DeviceAuthenticationWithX509Certificate`.
public struct DeviceAuthenticationWithX509Certificate: Sendable {
    /// The device id.
    public var deviceID: String
    /// The certificate that it shows.
    public var certificate: DeviceCertificate

    /// Makes the method.
    public init(deviceID: String, certificate: DeviceCertificate) {
        self.deviceID = deviceID
        self.certificate = certificate
    }
}
