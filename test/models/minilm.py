"""
Writes minilm.safetensors, the fixture of minilm.test.ts: what transformers computes with the weights of MiniLM (fetch-minilm.sh) for twenty
sentences in f32: numbers of tokens, last hidden states of the rows that are no padding, mean embeddings of norm 1.
Run: python test/models/minilm.py (transformers 5, torch 2). The test needs neither.
"""
import json, os, subprocess
os.environ['HF_HUB_OFFLINE'] = '1'
import torch
from safetensors.torch import save_file
from transformers import AutoModel, AutoTokenizer

HERE = os.path.dirname(os.path.abspath(__file__))
SENTENCES = [
    'The sea was calm and the whale rose slowly.', 'A researcher factorises the weight matrices.', 'He said nothing.',
    'Tensor networks compress language models, sometimes well.', 'What is the capital of France?', 'Paris is the capital of France.',
    'Dogs bark at night.', 'A dog is barking in the dark.', 'The stock market fell sharply today.', 'It rained.',
    'Numbers such as 3.14159 are odd tokens!', 'Unaffable antidisestablishmentarianism.', 'I love this film.', 'This film is terrible.',
    'two threads against one', 'The quick brown fox jumps over the lazy dog.', 'Sentence embeddings are pooled means.',
    'Où est-tu allée, naïve Zoë?', 'She sells sea shells by the sea shore.', '']
folder = subprocess.run([os.path.join(HERE, 'fetch-minilm.sh')], capture_output=True, text=True, check=True).stdout.strip()
tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
batch = tokenizer(SENTENCES, padding=True, return_tensors='pt')
with torch.no_grad():
    hidden = model(**batch).last_hidden_state
real = batch['attention_mask'].bool()
means = (hidden * real[..., None]).sum(1) / real.sum(1, keepdim=True)
save_file({'ids': batch['input_ids'].to(torch.int32), 'real': real.to(torch.int32), 'hidden': hidden[real].contiguous(),
    'embedding': torch.nn.functional.normalize(means, dim=1)}, os.path.join(HERE, 'minilm.safetensors'), {'sentences': json.dumps(SENTENCES)})
