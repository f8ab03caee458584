extension Fleet {
    /// Reads a fleet file.
    /// - Parameters:
    ///   - file: its path.
    ///   - environment: what `${NAME}` stands for.
    /// - Returns: the fleet, expanded.
    /// - Throws: `FleetFileError` with every mistake in it, or with the system's reason why it cannot be read.
    public static func load(file: String, environment: [String: String]) throws(FleetFileError) -> Fleet {
        let bytes: [UInt8]
        do throws(FileReader.SystemError) {
            bytes = try FileReader.bytes(of: file)
        } catch {
            let fault = Fault(
                "no readable file: \(error.words)",
                expected: "a fleet file",
                suggestion: FileReader.neighbour(of: file)
            )
            throw FleetFileError(file: file, mistakes: [.init(line: 0, column: 0, message: fault.message)])
        }
        return try parse(bytes, file: file, environment: environment)
    }

    /// Reads the text of a fleet file.
    /// - Parameters:
    ///   - text: the file's bytes.
    ///   - file: its path, for messages and for the files that it names by relative paths.
    ///   - environment: what `${NAME}` stands for.
    /// - Returns: the fleet, expanded.
    /// - Throws: `FleetFileError` with every mistake in it.
    public static func parse(
        _ text: [UInt8],
        file: String,
        environment: [String: String]
    ) throws(FleetFileError) -> Fleet {
        try FleetLoader(file: file, environment: environment).load(text)
    }
}
