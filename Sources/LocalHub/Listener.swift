import Glibc
import NIOCore

/// The hub's listeners, for the words of their errors.
enum Listener: String, CaseIterable {
    case mqtt = "MQTT"
    case amqp = "AMQP"
    case https = "HTTPS and WebSockets"

    /// What a failure to listen means, and what to do.
    func failure(_ error: any Error, _ configuration: LocalHub.Configuration) -> LocalHubError {
        let (port, option) =
            switch self {
            case .mqtt: (configuration.mqttPort, "--mqtt-port")
            case .amqp: (configuration.amqpPort, "--amqp-port")
            case .https: (configuration.httpsPort, "--https-port")
            }
        let place = "port \(port) of \(configuration.bindAddress)"
        guard let code = (error as? IOError)?.errnoCode else {
            return LocalHubError(.badAddress, "cannot listen for \(rawValue) on \(place): \(error)")
        }
        switch code {
        case EADDRINUSE:
            return LocalHubError(
                .portInUse,
                "\(place) is in use, so the hub cannot listen for \(rawValue); end the other program, or choose another "
                    + "port with \(option) (0 takes any free one)"
            )
        case EACCES, EPERM:
            return LocalHubError(
                .portNotPermitted,
                "this user may not listen for \(rawValue) on \(place); choose one above 1023 with \(option), or let every "
                    + "user have this one: sudo sysctl net.ipv4.ip_unprivileged_port_start=\(port)"
            )
        case EADDRNOTAVAIL:
            return LocalHubError(
                .badAddress,
                "\(configuration.bindAddress) is not an address of this machine; choose another with --bind"
            )
        default:
            let reason = String(cString: strerror(code))
            return LocalHubError(.system, "cannot listen for \(rawValue) on \(place): \(reason)")
        }
    }
}
