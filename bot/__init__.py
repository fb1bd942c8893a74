"""What the bot understands and says. Values in, values out."""
