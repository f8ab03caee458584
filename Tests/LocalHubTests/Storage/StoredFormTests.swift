import Foundation
import IoTHub
import Logging
import NIOConcurrencyHelpers
import TestKit
import Testing

@testable import LocalHub

@Suite("The form in which twins and identities are kept")
struct StoredFormTests {
    @Test("hundreds of random twins and identities come back as they were, and go on as they would have")
    func roundTrip() throws {
        for seed in UInt64(0)..<1000 {
            var random = RandomTwin(seed: seed)
            let device = random.device("d")
            var twin = random.twin(of: "d")
            var read = try TwinDocument(deviceID: "d", stored: JSONObject(parsing: twin.stored))
            #expect(try Device(stored: JSONObject(parsing: device.json.text)) == device, "seed \(seed)")
            for _ in 0..<2 {
                #expect(read.stored == twin.stored, "seed \(seed)")
                #expect(read.serviceView(of: device).text == twin.serviceView(of: device).text, "seed \(seed)")
                #expect(read.deviceView().text == twin.deviceView().text, "seed \(seed)")
                var (one, other) = (random, random)
                one.change(&twin)
                other.change(&read)
                random = one
            }
        }
    }

    @Test("the stored text is JSON of the service view's form")
    func form() throws {
        var twin = TwinDocument(deviceID: "d")
        let time = HubTimestamp(secondsSinceEpoch: 1_700_000_000, nanoseconds: 1_234_500)
        _ = try twin.patch(TwinWrite(tags: ["plant": "43"], desired: ["fan": ["rpm": 900]]), at: time)
        twin.modelID = "dtmi:com:example:Fan;1"
        let node = #""$lastUpdated":"2023-11-14T22:13:20.0012345Z","$lastUpdatedVersion":2"#
        #expect(
            String(decoding: twin.stored, as: UTF8.self)
                == #"{"etag":"AAAAAAAAAAI=","version":3,"modelId":"dtmi:com:example:Fan;1","tags":{"plant":"43"},"#
                + #""properties":{"desired":{"fan":{"rpm":900},"$metadata":{\#(node),"fan":{\#(node),"#
                + #""rpm":{\#(node)}}},"$version":2},"#
                + #""reported":{"$metadata":{"$lastUpdated":"0001-01-01T00:00:00Z"},"$version":1}}}"#
        )
    }

    @Test(
        "what is no twin is refused with the path",
        arguments: [
            ("etag", #"{"version":2,"tags":{}}"#), ("etag", #"{"etag":"AAAA","version":2}"#),
            ("version", #"{"etag":"AAAAAAAAAAI=","version":"2"}"#),
            ("properties", #"{"etag":"AAAAAAAAAAI=","version":2,"tags":{}}"#),
            (
                "properties.reported",
                #"{"etag":"AAAAAAAAAAI=","version":2,"tags":{},"properties":{"desired":{"$version":1,"#
                    + #""$metadata":{"$lastUpdated":"0001-01-01T00:00:00Z"}},"reported":{}}}"#
            ),
            (
                "properties.desired.$metadata.a",
                #"{"etag":"AAAAAAAAAAI=","version":2,"tags":{},"properties":{"desired":{"$version":1,"#
                    + #""$metadata":{"$lastUpdated":"0001-01-01T00:00:00Z","a":{}}},"reported":{}}}"#
            ),
        ]
    )
    func refused(_ path: String, _ text: String) throws {
        let error = #expect(throws: IoTHubError.self) {
            try TwinDocument(deviceID: "d", stored: JSONObject(parsing: text))
        }
        #expect(error?.path == path)
    }

    @Test("subscriptions come back as they were, and an unknown one is refused")
    func subscriptions() throws {
        for bits in 0..<81 {
            var subscriptions = MQTTSubscriptionSet()
            var rest = bits
            for filter in MQTTDeviceFilter.allCases {
                subscriptions[filter] = [nil, .atMostOnce, .atLeastOnce][rest % 3]
                rest /= 3
            }
            #expect(try MQTTSubscriptionSet(json: JSONObject(parsing: subscriptions.json.text)) == subscriptions)
        }
        for text in [#"{"desired":1}"#, #"{"methods":"1"}"#, #"{"methods":300}"#, #"{"methods":-1}"#] {
            #expect(throws: IoTHubError.self, "\(text)") {
                try MQTTSubscriptionSet(json: JSONObject(parsing: text))
            }
        }
    }
}
