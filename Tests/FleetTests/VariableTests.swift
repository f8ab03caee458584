import IoTHub
import Testing

@testable import Fleet

@Suite("Environment variables in a fleet file")
struct VariableTests {
    @Test("a variable stands for any value, in flow mappings too")
    func everywhere() throws {
        let fleet = try Sample.parse(
            """
            fleet: ${NAME}
            duration: ${N}s
            devices:
              - { id: "${NAME}-{index}", count: ${N}, transport: ${T}, tags: { a: ${N}, b: "${N}", c: $${N}, d: "$5" } }
            workload:
              - desired: { speed: "${SPEED}" }
                rate: ${N}/s
            """,
            environment: ["NAME": "plant", "N": "3", "T": "Mqtt_Tcp_Only", "SPEED": "{change}"]
        )
        #expect(fleet.name == "plant")
        #expect(fleet.duration == .seconds(3))
        #expect(fleet.devices.map(\.id) == ["plant-0", "plant-1", "plant-2"])
        #expect(fleet.devices[0].transport == .mqttTcpOnly)
        #expect(fleet.devices[0].tags == ["a": 3, "b": "3", "c": "${N}", "d": "$5"])
        var generator = SplitMix64(seed: 1)
        let made = fleet.workload[0].desired.make(device: fleet.devices[0], change: 9, using: &generator)
        // Braces that came from the environment are no placeholders.
        #expect(made == ["speed": "{change}"])
    }

    @Test("an unset variable is named, and a near name is offered")
    func unset() {
        let mistakes = Sample.mistakes(
            Sample.good.replacing("hub: local", with: "hub: ${IOTHUB_CONECTION}"),
            environment: ["IOTHUB_CONNECTION": "secret"]
        )
        #expect(mistakes.count == 1)
        #expect(mistakes.first?.hasPrefix("f.yaml:2:6: ") == true)
        #expect(mistakes.first?.contains("the environment variable IOTHUB_CONECTION is not set") == true)
        #expect(mistakes.first?.hasSuffix("did you mean '${IOTHUB_CONNECTION}'?") == true)
    }

    @Test("forms that are no names are told", arguments: ["${}", "${A-B}", "${1A}", "\"${A\"", "\"${ A }\""])
    func malformed(_ text: String) {
        let mistakes = Sample.mistakes(Sample.good.replacing("hub: local", with: "hub: \(text)"))
        #expect(mistakes.count == 1)
        #expect(mistakes.first?.contains("expected ${NAME}") == true, "\(mistakes)")
    }

    @Test(
        "what a variable holds is never shown",
        arguments: [
            ("fleet: sample", "fleet: ${S}"), ("hub: local", "hub: ${S}"), ("hub: local", "hub: { connection: ${S} }"),
            ("seed: 42", "seed: ${S}"), ("connect: 200/s", "connect: ${S}"), ("duration: 1m", "duration: ${S}"),
            ("duration: 1m", "duration: 5${S}"), ("id: myDeviceId", "id: ${S}"), ("count: 10", "count: ${S}"),
            ("transport: Mqtt", "transport: ${S}"), ("Mqtt: 60%", "Mqtt: ${S}"), ("auth: sas", "auth: ${S}"),
            ("rate: 100/s", "rate: ${S}"), ("rate: 100/s", "rate: 100/${S}"), ("p50 < 50ms", "p50 < ${S}"),
            ("p50 < 50ms", "${S} < 5ms"), ("latencyBy: [tags.location.plant]", "latencyBy: ${S}"),
            ("id: myDeviceId", "id: \"${S}{foo}\""), ("press-{index:04}", "${T}"),
            ("hub: local", "hub: { connection: local, tier: ${S} }"), ("hub: local", "hub: { connectionFile: ${S} }"),
            ("hub: local", "hub: { host: ${S}, entra: cli }"), ("hub: local", "hub: { host: h, entra: ${S} }"),
            ("hub: local", "hub: { host: h, entra: { tenant: a, client: b, secretFile: ${S} } }"),
            ("auth: sas", "auth: { x509: ${S} }"), ("auth: sas", "auth: { sas: 50%, x509: 5${S} }"),
            ("auth: sas", "auth: { x509: selfSigned, certificate: ${S}, key: /dev/null }"),
            ("hub: local", "hub: HostName=${S};SharedAccessKeyName=a;SharedAccessKey=${S}"),
            ("hub: local", "hub: HostName=a;SharedAccessKeyName=a;${S}=a"),
        ]
    )
    func secrecy(_ part: String, _ replacement: String) throws {
        let mistakes = Sample.mistakes(
            try Sample.replacing(part, replacement),
            environment: ["S": "geheim wort", "T": "geheimwort"]
        )
        #expect(mistakes.count == 1, "\(mistakes)")
        for mistake in mistakes {
            #expect(!mistake.contains("geheim"), "\(mistake)")
            #expect(mistake.contains("${S}") || mistake.contains("${T}"), "\(mistake)")
        }
    }

    @Test("a duplicate id that came from the environment is told by its template")
    func duplicate() throws {
        let text = Sample.good.replacing("id: myDeviceId", with: "id: ${T}").replacing(
            "press-{index:04}",
            with: "${T}{index%1}"
        )
        let mistakes = Sample.mistakes(text, environment: ["T": "geheimwort"])
        #expect(mistakes.count == 1)
        #expect(mistakes.first?.contains("'${T}{index%1}'") == true, "\(mistakes)")
        #expect(mistakes.first?.contains("geheim") == false)
    }
}
