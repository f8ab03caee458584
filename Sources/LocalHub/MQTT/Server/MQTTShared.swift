import Logging

/// What all connections of an MQTT server share.
struct MQTTShared: Sendable {
    let registry: TwinRegistry
    let credentials: MQTTCredentialCheck
    let clients: ClientCertificateCheck
    let clock: DeviceClock
    let logger: Logger
}
