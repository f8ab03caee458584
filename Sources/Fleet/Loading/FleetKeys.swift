/// The keys that a mapping of the fleet file may have; `fleet.schema.json` lists the same ones.
struct KeySet {
    /// What the mapping is, for messages: "a device".
    var name: String
    var required: [String]
    var optional: [String]
    /// Keys of later releases, with the advice for each.
    var later: [String: String] = [:]

    /// How a required key is written, for who left it out.
    static let examples = [
        "fleet": "fleet: demo", "duration": "duration: 20s", "devices": "devices: [{ id: myDeviceId }]",
        "workload": "workload: [{ desired: { speed: 5 }, rate: 1/s }]", "id": "id: myDeviceId",
        "desired": "desired: { speed: 5 }", "pool": "pool: 100", "x509": "x509: selfSigned",
        "certificate": "certificate: ca.pem", "tenant": "tenant: contoso.onmicrosoft.com",
        "client": "client: 00000000-0000-0000-0000-000000000000",
    ]

    var all: [String] { required + optional }

    static let fleet = KeySet(
        name: "a fleet",
        required: ["fleet", "duration", "devices", "workload"],
        optional: ["hub", "seed", "connect", "amqp", "queries", "latencyBy", "thresholds"]
    )
    static let device = KeySet(
        name: "a device",
        required: ["id"],
        optional: ["count", "transport", "connectivity", "auth", "tags"]
    )
    static let workloadItem = KeySet(
        name: "a workload item",
        required: ["desired"],
        optional: ["to", "rate", "every"]
    )
    static let hub = KeySet(
        name: "a hub",
        required: [],
        optional: ["connection", "connectionFile", "host", "entra", "ca", "ports", "proxy", "tier", "units"]
    )
    static let entra = KeySet(
        name: "entra",
        required: ["tenant", "client"],
        optional: ["secret", "secretFile", "certificate", "federatedTokenFile", "authorityHost"]
    )
    static let x509 = KeySet(
        name: "an authentication by certificate",
        required: ["x509"],
        optional: ["ca", "certificate", "key", "passphrase"]
    )
    static let authority = KeySet(
        name: "an authority",
        required: ["certificate"],
        optional: ["key"]
    )
    static let ports = KeySet(
        name: "ports",
        required: [],
        optional: ["mqtt", "amqp", "https"]
    )
    static let amqp = KeySet(
        name: "amqp",
        required: ["pool"],
        optional: []
    )
    static let thresholds = KeySet(
        name: "thresholds",
        required: [],
        optional: Threshold.Subject.allCases.map(\.rawValue)
    )
}
