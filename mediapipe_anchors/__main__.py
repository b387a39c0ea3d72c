"""`python -m mediapipe_anchors`: the command line."""

from mediapipe_anchors.cli import main

if __name__ == "__main__":
    main()
