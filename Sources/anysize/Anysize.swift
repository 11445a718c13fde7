@main struct Anysize { static func main() {} }
