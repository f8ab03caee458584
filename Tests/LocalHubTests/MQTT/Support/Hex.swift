/// Bytes written as hexadecimal digits with ASCII texts between apostrophes, such as `C0 00` or `00 04 'MQTT'`.
func hex(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, part) in text.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
        if index.isMultiple(of: 2) {
            bytes += part.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        } else {
            bytes += part.utf8
        }
    }
    return bytes
}
