import IoTHub
import ServiceClient

extension RunError {
    /// What a failed call to the hub's service API means for a run that cannot go on without it.
    init(_ error: any Error, while task: String, host: String) {
        guard let failure = error as? ServiceClientError else {
            self.init(.internalFault, "\(task): \(error)")
            return
        }
        switch failure.reason {
        case .unreachable, .timedOut, .connectionLost:
            self.init(
                .hubUnreachable,
                """
                \(task): the hub \(host) cannot be reached: \(failure.message).
                Check the host name and port of the connection string, and that the hub is running.
                """
            )
        case .untrustedCertificate:
            self.init(
                .hubUnreachable,
                """
                \(task): the certificate of \(host) is not trusted: \(failure.message).
                For a local hub name its authority in the fleet file: hub: { connection: …, ca: path/to/ca.pem }.
                """
            )
        case .refused where failure.status == 401 || failure.status == 403:
            self.init(
                .unauthorized,
                """
                \(task): unauthorized: \(failure).
                Check the policy's name and key, and that it permits registry read, registry write and service connect; with
                Microsoft Entra, that the role IoT Hub Data Contributor is assigned.
                """
            )
        case .noToken:
            self.init(.unauthorized, "\(task): there is no access token for the hub \(host): \(failure)")
        case .refused, .unreadableAnswer, .invalidArgument, .closed:
            self.init(.provisioningFailed, "\(task): \(failure)")
        }
    }
}

extension ServiceClientError {
    /// The failure without what differs from device to device, for counting equal ones together.
    var shortReason: String {
        if status != 0 { return "the hub answered \(status)" + (code.map { " \($0.name)" } ?? "") }
        return message
    }
}
