import AMQPEngine
import IoTHub
import Testing

@testable import DeviceClient

@Suite struct AMQPWordsTests {
    @Test(
        "conditions have the reasons that MQTT's refusals have",
        arguments: [
            (AMQPError.Condition.unauthorizedAccess, DeviceClientError.Reason.unauthorized, false),
            (.notFound, .deviceNotFound, false), (.notAllowed, .badRequest, false),
            (.resourceLimitExceeded, .throttled, true),
            ("com.microsoft:device-container-throttled", .throttled, true), (.stolen, .communication, true),
            (.detachForced, .communication, true), (.connectionForced, .communication, true),
            (.internalError, .communication, true), ("com.microsoft:link-creation-conflict", .communication, true),
            ("com.example:unheard-of", .communication, true),
        ]
    )
    func conditions(_ condition: AMQPError.Condition, _ reason: DeviceClientError.Reason, _ isTransient: Bool) {
        let error = AMQPFault.error(AMQPError(condition, "for a test"), what: "the link")
        #expect(error.reason == reason && error.isTransient == isTransient)
        #expect(error.message == "the hub has ended the link (\(condition.rawValue)): for a test")
    }

    @Test("the message of a JSON description is what people read")
    func words() {
        let json = AMQPError(.notFound, #"{"errorCode":404001,"message":"no such device"}"#)
        #expect(AMQPFault.error(json, what: "it").message == "the hub has ended it (amqp:not-found): no such device")
        let broken = AMQPError(.notFound, "{oops")
        #expect(AMQPFault.error(broken, what: "it").message == "the hub has ended it (amqp:not-found): {oops")
        #expect(AMQPFault.error(nil, what: "it").reason == .communication)
    }

    @Test("a token that is taken is no fault", arguments: [200, 202])
    func accepted(_ status: Int) {
        #expect(AMQPFault.refusal(status: status, description: nil, deviceID: "d") == nil)
    }

    @Test("ids are percent-encoded in addresses and audiences, and a module has its own")
    func identity() {
        let identity = AMQPIdentity(
            host: "h",
            deviceID: "a b%/c",
            moduleID: "m#1",
            productInfo: "me",
            modelID: "dtmi:x;1"
        )
        #expect(identity.audience == "h/devices/a%20b%25%2Fc/modules/m%231")
        #expect(identity.twinAddress == "amqps://h/devices/a%20b%25%2Fc/modules/m%231/twin")
        let properties = identity.makeTwinLinkProperties()
        #expect(properties[symbol: "com.microsoft:client-version"] == .string("me"))
        #expect(properties[symbol: "com.microsoft:model-id"] == .string("dtmi:x;1"))
        #expect(properties[symbol: "com.microsoft:channel-correlation-id"]?.text?.hasPrefix("twin:") == true)
        #expect(properties != identity.makeTwinLinkProperties())
    }
}
