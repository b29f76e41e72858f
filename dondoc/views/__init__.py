"""What use cases return, put into the words and the JSON forms that people and scripts see."""
