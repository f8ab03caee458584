import ArgumentParser
import Testing

@testable import twinfleet

@Suite("The help of every command")
struct HelpTests {
    /// A command with the words that lead to it.
    private struct Command {
        var words: [String]
        var type: any ParsableCommand.Type
        var isLeaf: Bool { type.configuration.subcommands.isEmpty }
    }

    private static func commands(
        _ type: any ParsableCommand.Type = Twinfleet.self,
        behind words: [String] = []
    ) -> [Command] {
        let command = Command(words: words + [type.configuration.commandName ?? "?"], type: type)
        return [command] + type.configuration.subcommands.flatMap { commands($0, behind: command.words) }
    }

    /// The lines after "Examples:" that are set in.
    private static func examples(of type: any ParsableCommand.Type) -> [String] {
        let lines = type.configuration.discussion.split(separator: "\n", omittingEmptySubsequences: false)
        guard let head = lines.firstIndex(of: "Examples:") else { return [] }
        return lines[(head + 1)...].prefix { $0.hasPrefix("  ") }.map { String($0.dropFirst(2)) }
    }

    @Test("says what the command does, and shows examples of itself")
    func examples() {
        let commands = Self.commands()
        #expect(commands.count { $0.isLeaf } > 12)
        for command in commands {
            #expect(!command.type.configuration.abstract.isEmpty, "\(command.words)")
            let own = Self.examples(of: command.type).filter { $0.contains(command.words.joined(separator: " ")) }
            #expect(!own.isEmpty, "\(command.words.joined(separator: " ")) has no example of itself")
        }
    }

    @Test("shows examples that the command line takes")
    func parsing() {
        for example in Self.commands().flatMap({ Self.examples(of: $0.type) }) {
            let calls = ShellWords.calls(of: "twinfleet", in: example)
            #expect(!calls.isEmpty, "no call of twinfleet in: \(example)")
            for call in calls {
                do {
                    _ = try Twinfleet.parseAsRoot(call)
                } catch {
                    // What prints something and ends well comes as an error, too, such as a completion script.
                    #expect(Twinfleet.exitCode(for: error) == .success, "\(example)\n\(Twinfleet.message(for: error))")
                }
            }
        }
    }

    @Test("shows every example on a line of its own, and no line that is too long, on a terminal of 80 columns")
    func width() {
        for command in Self.commands() {
            let lines = Twinfleet.helpMessage(for: command.type, columns: 80).split(separator: "\n").map(String.init)
            for example in Self.examples(of: command.type) {
                #expect(lines.contains("  \(example)"), "\(command.words.joined(separator: " ")): \(example)")
            }
            // The library does not break the line with the usage.
            for line in lines where !line.hasPrefix("USAGE: ") { #expect(line.count <= 80, "\(line)") }
        }
    }

    @Test("an example that is none would be found")
    func wrongExample() {
        #expect(
            ShellWords.calls(of: "twinfleet", in: "A='b c' twinfleet query \"x 'y'\" | jq . # no") == [
                ["query", "x 'y'"]
            ]
        )
        #expect(
            ShellWords.calls(of: "twinfleet", in: "X=$(twinfleet plan f) y && twinfleet run f > o") == [
                ["plan", "f"], ["run", "f"],
            ]
        )
        #expect(throws: (any Error).self) { try Twinfleet.parseAsRoot(["plan", "fleet.yaml", "--jsn"]) }
    }
}

/// The little of a shell's language that examples use.
private enum ShellWords {
    /// The arguments of each call of a program in a line.
    static func calls(of program: String, in line: String) -> [[String]] {
        commands(in: line).compactMap { words in
            let call = words.drop { $0.contains("=") && $0.first?.isUppercase == true }
            return call.first == program ? Array(call.dropFirst()) : nil
        }
    }

    /// The commands of a line as words; they end at `|`, `&&`, `>` with its file, at brackets, and at a comment.
    private static func commands(in line: String) -> [[String]] {
        var commands: [[String]] = [[]]
        var word: String?
        var quote: Character?
        func end() {
            if let word { commands[commands.count - 1].append(word) }
            word = nil
        }
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
                continue
            }
            switch character {
            case "'", "\"":
                quote = character
                word = word ?? ""
            case " ": end()
            case "|", "&", ">", "(", ")":
                end()
                commands.append([])
            case "#" where word == nil: return commands
            default: word = (word ?? "") + String(character)
            }
        }
        end()
        return commands
    }
}
