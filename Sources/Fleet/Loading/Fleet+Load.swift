extension Fleet {
    /// Reads a fleet file.
    /// - Parameters:
    ///   - file: its path.
    ///   - environment: what `${NAME}` stands for.
    /// - Returns: the fleet, expanded.
    /// - Throws: `FleetFileError` with every mistake in it.
    public static func load(file: String, environment: [String: String]) throws(FleetFileError) -> Fleet {
        throw FleetFileError(file: file, mistakes: [])
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
        throw FleetFileError(file: file, mistakes: [])
    }
}
