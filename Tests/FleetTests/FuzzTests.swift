import Foundation
import Testing

@testable import Fleet

@Suite("Damaged fleet files")
struct FuzzTests {
    /// Bytes and pieces that mean something to YAML or to the loader.
    private static let pieces: [[UInt8]] =
        [
            "{", "}", "[", "]", ":", ": ", "- ", "\n", "  ", "\t", "\"", "'", "#", "&a ", "*a", "!x ", "|", ">", "%",
            "@", "~", "---\n",
            "${", "${A}", "$${A}", "$", "{{", "}}", "{index}", "{index:0", "{random:9..1}", "0", "-1",
            "99999999999999999999",
            "1e999", "null", "\u{0}", "\u{FEFF}", "\u{F8F0}", "é", "\u{301}", "\u{2028}", "\r", "? ", ", ", "%", "<",
            "==", "h", "/s",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80]]

    @Test("no damage makes the loader crash, and every mistake has a place in the file", arguments: SchemaTests.shipped)
    func mutations(_ name: String) throws {
        let folder = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../fleets").standardized
        let original = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
        let lines = original.count { $0 == UInt8(ascii: "\n") } + 1
        var generator = SplitMix64(seed: 2026)
        var good = 0
        for _ in 0..<1500 {
            var bytes = original
            for _ in 0...generator.next(below: 4) { Self.damage(&bytes, using: &generator) }
            do throws(FleetFileError) {
                let fleet = try FleetLoader(file: name, environment: ["A": "{a: b\n"], deviceLimit: 2000).load(bytes)
                #expect(!fleet.devices.isEmpty)
                good += 1
            } catch {
                #expect(!error.mistakes.isEmpty)
                for mistake in error.mistakes {
                    // Damage may add lines, ten at most for each piece.
                    #expect((1...lines + 50).contains(mistake.line))
                    #expect(mistake.column >= 1)
                    #expect(!mistake.message.contains("\n"))
                }
            }
        }
        // Damage in comments and texts leaves a file good; a loader that refuses all proves nothing.
        #expect(good > 10)
    }

    private static func damage(_ bytes: inout [UInt8], using generator: inout SplitMix64) {
        guard !bytes.isEmpty else { return }
        let position = Int(generator.next(below: UInt64(bytes.count)))
        switch generator.next(below: 5) {
        case 0: bytes[position] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes.remove(at: position)
        case 2: bytes.insert(contentsOf: pieces[Int(generator.next(below: UInt64(pieces.count)))], at: position)
        case 3:
            let end = min(bytes.count, position + 1 + Int(generator.next(below: 40)))
            let piece = Array(bytes[position..<end])
            bytes.insert(contentsOf: piece, at: Int(generator.next(below: UInt64(bytes.count))))
        default:
            let end = min(bytes.count, position + 1 + Int(generator.next(below: 40)))
            bytes.removeSubrange(position..<end)
        }
    }
}
