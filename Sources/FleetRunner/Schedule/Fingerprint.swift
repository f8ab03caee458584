import Fleet
import IoTHub

/// FNV-1a over what decides a run: equal fingerprints mean equal devices, connected the same way, and equal schedules.
struct Fingerprint {
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The fingerprint of an expanded fleet and its schedule, as 16 hexadecimal digits.
    static func of(_ fleet: Fleet, _ schedule: Schedule) -> String {
        var print = Fingerprint()
        print.add(fleet.seed)
        for device in fleet.devices {
            print.add("\(device.id)\u{0}\(device.transport.rawValue)\u{0}\(device.connectivity ?? "")\u{0}")
            print.add(device.tags.text)
            if let x509 = device.auth.x509 { print.add("\u{0}x509\u{0}\(x509.kind.rawValue)") }
        }
        // What is not there adds nothing, so that fingerprints of fleets without it stay as they were.
        if let pool = fleet.amqpPool { print.add("\u{0}pool\u{0}\(pool)") }
        for change in schedule.changes {
            print.add(UInt64(bitPattern: change.intended))
            print.add(UInt64(bitPattern: Int64(change.device)))
        }
        if let first = schedule.changes.first { print.add(schedule.desired(of: first, in: fleet).text) }
        if let last = schedule.changes.last { print.add(schedule.desired(of: last, in: fleet).text) }
        let digits = String(print.hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private mutating func add(_ text: String) { for byte in text.utf8 { add(byte) } }

    private mutating func add(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
    }

    private mutating func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
}
