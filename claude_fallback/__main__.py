from claude_fallback.cli import main

main()
