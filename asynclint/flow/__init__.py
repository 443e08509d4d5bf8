"""What happens to each coroutine object, loop and task along the paths of a function."""
