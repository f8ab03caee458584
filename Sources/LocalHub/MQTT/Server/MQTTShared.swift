import IoTHub
import Logging

/// What all connections of an MQTT server share.
struct MQTTShared: Sendable {
    /// What carries the connections.
    let transport: TransportType
    let registry: TwinRegistry
    let credentials: MQTTCredentialCheck
    let clients: ClientCertificateCheck
    let clock: DeviceClock
    let logger: Logger

    /// Where their traffic is counted.
    var traffic: TrafficTally? { registry.tally[transport] }
}
