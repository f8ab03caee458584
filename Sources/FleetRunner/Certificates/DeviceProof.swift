import DeviceClient
import IoTHub

/// What a provisioned device proves itself by.
enum DeviceProof: Sendable {
    /// The shared access key that the hub has for it.
    case key(String)
    /// A certificate by which the hub knows it.
    case certificate(DeviceCertificate)

    /// What stands in the device's connection string.
    func credential(of deviceID: String) -> ConnectionString.Credential {
        switch self {
        case .key(let key): .deviceKey(deviceID: deviceID, moduleID: nil, key: key)
        case .certificate: .deviceX509(deviceID: deviceID, moduleID: nil)
        }
    }

    /// The certificate; nil with a key.
    var certificate: DeviceCertificate? {
        if case .certificate(let certificate) = self { certificate } else { nil }
    }
}
