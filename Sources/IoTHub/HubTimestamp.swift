import Glibc

/// An instant in UTC in steps of 100 ns, as IoT Hub writes it.
///
/// The text form has up to seven fractional digits, for example `2022-06-01T22:27:50.2612586Z`.
public struct HubTimestamp: Sendable, Hashable, Comparable {
    /// Steps of 100 ns since 1970-01-01T00:00:00Z; negative before.
    public var ticksSinceEpoch: Int64

    /// Makes an instant from steps of 100 ns since 1970-01-01T00:00:00Z.
    public init(ticksSinceEpoch: Int64) { self.ticksSinceEpoch = ticksSinceEpoch }

    /// Makes an instant from whole seconds since 1970-01-01T00:00:00Z and nanoseconds (0 to 999,999,999) on top.
    ///
    /// Seconds beyond the years that a text can show are held at the last one.
    public init(secondsSinceEpoch: Int64, nanoseconds: Int32) {
        let seconds = min(max(secondsSinceEpoch, -62_135_596_800), 253_402_300_799)
        ticksSinceEpoch = seconds * 10_000_000 + Int64(nanoseconds) / 100
    }

    /// "Has not happened": `0001-01-01T00:00:00Z`, the zero of .NET, which the hub writes for unset times.
    public static let never = HubTimestamp(ticksSinceEpoch: -62_135_596_800 * 10_000_000)

    /// The wall clock's time.
    public static func now() -> HubTimestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return HubTimestamp(secondsSinceEpoch: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    public var secondsSinceEpoch: Int64 { Self.floorDivide(ticksSinceEpoch, 10_000_000) }

    /// Microseconds since 1970-01-01T00:00:00Z, rounded down.
    public var microsecondsSinceEpoch: Int64 { Self.floorDivide(ticksSinceEpoch, 10) }

    /// Whether the left instant comes first.
    public static func < (left: HubTimestamp, right: HubTimestamp) -> Bool {
        left.ticksSinceEpoch < right.ticksSinceEpoch
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }
}

extension HubTimestamp: CustomStringConvertible {
    /// The instant in ISO 8601; the fraction is left out when it is zero, else it has seven digits.
    public var description: String { String(decoding: utf8Text, as: UTF8.self) }

    /// The text form as bytes, for writers that must not build strings.
    public var utf8Text: [UInt8] {
        let seconds = secondsSinceEpoch
        let fraction = ticksSinceEpoch - seconds * 10_000_000
        let days = Self.floorDivide(seconds, 86_400)
        let second = seconds - days * 86_400
        let (year, month, day) = Self.civil(fromDays: days)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(28)
        func digits(_ value: Int64, _ count: Int) {
            var divisor: Int64 = 1
            for _ in 1..<count { divisor *= 10 }
            while divisor > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
                divisor /= 10
            }
        }
        digits(year, 4)
        bytes.append(UInt8(ascii: "-"))
        digits(month, 2)
        bytes.append(UInt8(ascii: "-"))
        digits(day, 2)
        bytes.append(UInt8(ascii: "T"))
        digits(second / 3600, 2)
        bytes.append(UInt8(ascii: ":"))
        digits(second / 60 % 60, 2)
        bytes.append(UInt8(ascii: ":"))
        digits(second % 60, 2)
        if fraction != 0 {
            bytes.append(UInt8(ascii: "."))
            digits(fraction, 7)
        }
        bytes.append(UInt8(ascii: "Z"))
        return bytes
    }

    /// Parses `yyyy-MM-ddTHH:mm:ss[.fraction](Z|+00:00)`; more than seven fractional digits are cut.
    /// - Throws: `IoTHubError` with `argumentInvalid` that quotes the text.
    public init(parsing text: String) throws(IoTHubError) {
        guard let ticks = Self.ticks(of: Array(text.utf8)) else {
            throw IoTHubError(
                .argumentInvalid,
                "'\(text)' is not a time in UTC; expected a form like 2022-06-01T22:27:50.2612586Z"
            )
        }
        self.init(ticksSinceEpoch: ticks)
    }

    private static func ticks(of bytes: [UInt8]) -> Int64? {
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        func isCharacter(_ index: Int, _ character: Unicode.Scalar) -> Bool {
            index < bytes.count && bytes[index] == UInt8(ascii: character)
        }
        guard let year = number(0..<4), isCharacter(4, "-"), let month = number(5..<7), isCharacter(7, "-"),
            let day = number(8..<10), isCharacter(10, "T"), let hour = number(11..<13), isCharacter(13, ":"),
            let minute = number(14..<16), isCharacter(16, ":"), let second = number(17..<19),
            (1...9999).contains(year), (1...12).contains(month), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Self.days(fromYear: year, month: month, day: day)
        // A day that does not exist comes back as another one.
        guard Self.civil(fromDays: days) == (year, month, day) else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if isCharacter(index, ".") {
            index += 1
            var digits = 0
            while index < bytes.count, let digit = number(index..<index + 1) {
                if digits < 7 { fraction = fraction * 10 + digit }
                digits += 1
                index += 1
            }
            guard digits > 0 else { return nil }
            while digits < 7 {
                fraction *= 10
                digits += 1
            }
        }
        let zone = bytes[index...]
        guard zone.elementsEqual("Z".utf8) || zone.elementsEqual("+00:00".utf8) else { return nil }
        return ((days * 24 + hour) * 60 + minute) * 60 * 10_000_000 + second * 10_000_000 + fraction
    }

    /// Year, month and day of a count of days since 1970-01-01 in the Gregorian calendar, by Hinnant's algorithm.
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Days since 1970-01-01 of a day in the Gregorian calendar.
    private static func days(fromYear year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = floorDivide(shiftedYear, 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
