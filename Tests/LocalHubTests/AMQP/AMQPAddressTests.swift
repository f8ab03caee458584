import AMQPEngine
import IoTHub
import Testing

@testable import LocalHub

@Suite("names in AMQP")
struct AMQPAddressTests {
    @Test(
        "addresses are paths or URIs, and compare without case but for the id",
        arguments: [
            ("$cbs", .tokens), ("amqps://hub/$cbs", .tokens),
            ("/devices/dev1/twin", .device("dev1", .twin)), ("devices/dev1/twin", .device("dev1", .twin)),
            ("amqps://hub.net/devices/Dev1/twin", .device("Dev1", .twin)),
            ("amqps://hub.net:5671/DEVICES/dev1/TWIN", .device("dev1", .twin)),
            ("/devices/a%23b%2Fc/twin", .device("a#b/c", .twin)),
            ("/devices/d/messages/events", .device("d", .telemetry)),
            ("/devices/d/messages/deviceBound", .device("d", .cloudToDevice)),
            ("/devices/d/methods/devicebound", .device("d", .methods)),
            ("/devices/d/modules/m/twin", .module), ("/messages/devicebound", .service),
            ("amqps://hub/messages/serviceBound/feedback", .service),
            ("", nil), ("/", nil), ("/devices/d", nil), ("/devices/d/modules/m", nil), ("/devices/d/twin/x", nil),
            ("/twin", nil), ("devices", nil), ("amqps://", nil),
        ] as [(String, AMQPAddress?)]
    )
    func addresses(_ text: String, _ address: AMQPAddress?) { #expect(AMQPAddress(text) == address) }

    @Test(
        "an audience is a host or one of its devices",
        arguments: [
            ("hub", .hub), ("https://Hub:443", .hub), ("hub/devices", .hub), ("hub/devices/d", .device("d")),
            ("amqps://hub:5671/devices/a%23b", .device("a#b")), ("hub%2Fdevices%2Fd", .device("d")),
            ("", nil), ("hub/x", nil), ("hub/x/d", nil), ("hub/devices/d/modules/m", nil),
        ] as [(String, AMQPAudience.Scope?)]
    )
    func audiences(_ text: String, _ scope: AMQPAudience.Scope?) {
        #expect(AMQPAudience(text)?.scope == scope)
        if scope != nil { #expect(AMQPAudience(text)?.host == "hub") }
    }

    @Test(
        "codes of the hub have the conditions that SDKs take for them",
        arguments: [
            (.argumentInvalid, "com.microsoft:argument-error"), (.iotHubUnauthorized, "amqp:unauthorized-access"),
            (.deviceNotFound, "amqp:not-found"), (.amqpAddressNotFound, "amqp:not-found"),
            (.preconditionFailed, "amqp:precondition-failed"), (.messageTooLarge, "amqp:link:message-size-exceeded"),
            (.throttlingException, "com.microsoft:device-container-throttled"),
            (.iotHubQuotaExceeded, "amqp:resource-limit-exceeded"), (.serverError, "amqp:internal-error"),
            (.linkCreationConflict, "com.microsoft:link-creation-conflict"),
        ] as [(IoTHubErrorCode, String)]
    )
    func conditions(_ code: IoTHubErrorCode, _ condition: String) {
        #expect(AMQPError.Condition(code).rawValue == condition)
    }
}
