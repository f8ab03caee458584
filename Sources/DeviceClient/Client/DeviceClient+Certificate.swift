internal import Logging

/// What is different with a certificate: there is no token to renew, but an end to warn of.
extension DeviceClient {
    /// The longest time between two looks at the certificate's end.
    private static let certificateLook: Int64 = 86_400

    private var now: Int64 { Int64(setup.clock()) }

    /// Why a connect is not worth trying; nil when it is.
    var certificateProblem: DeviceClientError? { setup.credential.certificate?.problem(at: now) }

    /// Warns of the certificate's end, once when it is near and again when it has come, and looks again later.
    ///
    /// A connection that stands is left alone, as hubs leave it: the certificate matters in the handshake.
    func lookAtCertificate() {
        guard let certificate = setup.credential.certificate, link.connection != nil else { return }
        let logger = setup.options.logger
        switch certificate.stage(at: now) {
        case .notYetGood, .good: break
        case .endsSoon:
            if !link.hasWarnedOfEnd {
                logger.warning("\(deviceID): the device's certificate ends soon: \(certificate.datesText)")
            }
            link.hasWarnedOfEnd = true
        case .ended:
            logger.warning(
                "\(deviceID): the device's certificate has expired: \(certificate.datesText); the next connect will fail"
            )
            return
        }
        // The second after the last is the first at which it has ended.
        let left = certificate.notValidAfter - now + 1
        arm(.token, after: .seconds(min(max(left, 1), Self.certificateLook)))
    }
}
